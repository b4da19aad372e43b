/**
 * Where an older release answers otherwise than the core, which speaks as Kafka 4 does: release → conversation → step →
 * reason. A step listed here must differ, or the entry is out of date.
 */
export const KNOWN_DIFFERENCES: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  '3.9': {
    records: { 'two hours ahead': 'message.timestamp.after.max.ms has no limit before Kafka 4.0 (KIP-1030)' },
    'dynamic members': {
      'elsewhere, with too short a session': 'the old coordinator looks first whether it is one',
      elsewhere: 'the old coordinator hands the member id back',
      'the preparing group': 'the old coordinator tells no assignments during a rebalance',
    },
    rebalances: {
      'a tie': "goes by Scala's map in the old coordinator",
      'a tie for the second': "goes by Scala's map in the old coordinator",
      'what that did to the group': 'a handed-out member id that is given back begins no rebalance in the old coordinator',
    },
  },
};
