import { createSystemKeychain } from './system-keychain.ts';

/** For a test alone: one process that does one thing with the system's keychain. The secret comes on stdin. */
const [what, account = ''] = process.argv.slice(2);
const keychain = createSystemKeychain();
if (what === 'set') {
  let secret = '';
  for await (const chunk of process.stdin) secret += String(chunk);
  process.stdout.write(`${await keychain.set(account, secret)}\n`);
} else if (what === 'delete') {
  await keychain.delete(account);
} else {
  process.stdout.write(`${JSON.stringify(await keychain.get(account))}\n`);
}
process.exit(0);
