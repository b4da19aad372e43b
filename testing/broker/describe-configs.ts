/**
 * DescribeConfigs of topics: the values that hold, given or by default. Source: ConfigHelper.describeConfigs.
 * Not modelled: brokers and other resources, where a value comes from, synonyms, documentation, and the defaults of settings
 * that the core does not act on: they are answered only where they were given.
 */
import type { ClusterState } from './cluster-state.ts';
import type { DescribeConfigsRequest, DescribeConfigsResponse } from './protocol-topics.ts';
import { topicConfigTexts } from './topic-config.ts';
import { topicNameProblem } from './topic-name.ts';

type DescribedTopic = DescribeConfigsResponse['topics'][number];

export function describeConfigs(state: ClusterState, request: DescribeConfigsRequest): DescribeConfigsResponse {
  return { topics: request.topics.map((topic) => describe(state, topic)) };
}

function describe(state: ClusterState, { name, configNames }: DescribeConfigsRequest['topics'][number]): DescribedTopic {
  const nameProblem = topicNameProblem(name);
  if (nameProblem !== null) return { name, errorCode: 'INVALID_TOPIC_EXCEPTION', errorMessage: nameProblem, configs: [] };
  const topic = state.topics.get(name);
  if (topic === undefined) return { name, errorCode: 'UNKNOWN_TOPIC_OR_PARTITION', errorMessage: null, configs: [] };
  const configs = Object.entries(topicConfigTexts(topic.config))
    .filter(([each]) => configNames === null || configNames.includes(each))
    .map(([each, value]) => ({ name: each, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { name, errorCode: 'NONE', errorMessage: null, configs };
}
