// The parts of a line that are the same in every line.

export const PARTITION = Buffer.from('{"partition":');
export const OFFSET = Buffer.from(',"offset":');
export const TIMESTAMP = Buffer.from(',"timestamp":');
export const TIMESTAMP_TYPE = Buffer.from(',"timestamp_type":"');
export const CREATE_TIME = Buffer.from('CreateTime",');
export const LOG_APPEND_TIME = Buffer.from('LogAppendTime",');
export const HEADERS = Buffer.from(',"headers":[');
export const HEADER_NAME = Buffer.from('{"name":');
export const NAMES = { key: Buffer.from('"key":'), value: Buffer.from('"value":') };
