/** States of a classic group. Source: org.apache.kafka.coordinator.group.classic.ClassicGroupState. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';
