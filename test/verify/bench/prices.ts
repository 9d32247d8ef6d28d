/** List prices in dollars, us-east-1, without any allowance; sources beside them. Nothing here was billed to anybody. */
export const PRICES = {
  /** Lambda on arm64. Source: aws.amazon.com/lambda/pricing. */
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.2e-6,
  /** On demand since November 2024. Source: aws.amazon.com/dynamodb/pricing/on-demand. */
  readUnit: 0.125e-6,
  writeUnit: 0.625e-6,
  /** EventBridge Scheduler. Source: aws.amazon.com/eventbridge/pricing. */
  schedule: 1e-6,
  /** Standard queue, each 64 KB. Source: aws.amazon.com/sqs/pricing. */
  sqsRequest: 0.4e-6,
  /** Source: aws.amazon.com/cloudwatch/pricing. */
  logGb: 0.5,
  metric: 0.3,
  alarm: 0.1,
  /** Decrypting a SecureString, also with the key AWS manages. Source: aws.amazon.com/kms/pricing, notes on API requests. */
  kmsRequest: 0.03 / 10_000,
  /** Out to the internet, first 10 TB. Source: aws.amazon.com/ec2/pricing/on-demand. */
  transferGb: 0.09,
} as const;

/** Each account's, each month, over all services. Same source. */
export const TRANSFER_FREE_GB = 100;

/** 730 hours, as AWS's own calculator counts. */
export const MINUTES_A_MONTH = 43_800;
