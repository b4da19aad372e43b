/** InitProducerId without a transactional id: any broker hands out a new producer id. Not modelled: transactions. */
import type { ClusterState } from './cluster-state.ts';
import type { InitProducerIdResponse } from './protocol-data.ts';

export function initProducerId(state: ClusterState): InitProducerIdResponse {
  state.producerIds += 1;
  return { errorCode: 'NONE', producerId: state.producerIds, producerEpoch: 0 };
}
