const PARAMETERS = {
  max_client_lag_seconds: 1,
  rowset_flush_threshold_kb: 1024,
  max_buffered_kb_for_rowset_mode: 16_384,
  rowset_threshold_lookback_seconds: 10,
  rowset_threshold_ewma_weight: 50,
  target_file_size_compressed_mb: 64,
  cpu_throttle_high_watermark_percent: 95,
  cpu_throttle_low_watermark_percent: 80,
  mem_throttle_high_watermark_percent: 95,
  mem_throttle_low_watermark_percent: 80,
};

/** Nothing listens there. */
const STAGE = {
  expiry_time_ms: Date.now() + 3_600_000,
  location_type: 'S3',
  use_s3_regional_url: false,
  region: 'us-east-1',
  storage_account: null,
  endpoint: '127.0.0.1:1',
  storage_endpoint: null,
  bucket_name: 'none',
  path_prefix: 'none/',
  location: 'none/none/',
  is_client_side_encrypted: true,
  creds: { AWS_KEY_ID: 'none', AWS_SECRET_KEY: 'none', AWS_TOKEN: 'none' },
  parameters: PARAMETERS,
};

/**
 * What Snowflake's own client asks for before it opens a channel: undocumented, and these are the fields that it requires.
 * Below its thresholds it keeps to the REST interface; above them it would upload files to the stage.
 */
export const PIPE_INFO = {
  rowset_stage_location: STAGE,
  durable_stage_location: STAGE,
  encryption_info: {
    pipe_key: Buffer.alloc(32).toString('base64'),
    pipe_key_id: 1,
    diversifier: Buffer.alloc(6).toString('base64'),
    master_key_id: 1,
  },
  parameters: PARAMETERS,
  parameter_overrides: {},
  binary_input_format: 'HEX',
};
