export { isCompactedTopic } from './deep/compare-topic.js';
export { Findings, type Found, type Kind } from './deep/findings.js';
export { PartitionComparison } from './deep/partition-comparison.js';
export { verify, type DeepOptions, type Verification } from './verification.js';
