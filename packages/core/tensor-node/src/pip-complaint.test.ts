import { expect, it } from 'vitest';
import { pipComplaint } from './pip-complaint.js';

const ERRORS = [
  'ERROR: Could not find a version that satisfies the requirement tensorflow-cpu==2.21.0 (from versions: none)',
  'ERROR: No matching distribution found for tensorflow-cpu==2.21.0',
];
const attempts = (fault: string): string[] =>
  [4, 3].map(
    (left) =>
      `WARNING: Retrying (Retry(total=${left}, connect=None, read=None)) after connection broken by ${fault}: /simple/tensorflow-cpu/`,
  );

it.each([
  [
    "'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f549b6d6790>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')'",
    'Failed to establish a new connection: [Errno -3] Temporary failure in name resolution',
  ],
  [`"ProxyError('Cannot connect to proxy.')"`, 'Cannot connect to proxy.'],
  [
    "'ConnectTimeoutError(<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>, 'Connection to index timed out. (connect timeout=15.0)')'",
    'Connection to index timed out. (connect timeout=15.0)',
  ],
] as const)('says once why there was no connection: %s', (fault, reason) => {
  const said = pipComplaint([...attempts(fault), ...ERRORS].join('\n')).split('\n');
  expect(said).toEqual([reason, ...ERRORS]);
});

it('leaves what is no matter of connection as it is', () => {
  expect(pipComplaint('Traceback\n  File x\nOSError: [Errno 28] No space left on device\n')).toBe(
    'Traceback\n  File x\nOSError: [Errno 28] No space left on device',
  );
});
