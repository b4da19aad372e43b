import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A self-signed certificate for 127.0.0.1 and localhost, made with the JDK's keytool: the key store for the brokers, the PEM for clients to trust. */
export async function makeCertificate(
  directory: string,
): Promise<{ readonly keyStore: string; readonly password: string; readonly certificateAuthority: string }> {
  const keyStore = join(directory, 'broker.p12');
  const pem = join(directory, 'broker.pem');
  const password = 'rehearsal-only';
  const store = ['-keystore', keyStore, '-storetype', 'PKCS12', '-storepass', password, '-alias', 'broker'];
  const subject = ['-dname', 'CN=localhost', '-ext', 'san=ip:127.0.0.1,dns:localhost', '-validity', '30'];
  await run('keytool', ['-genkeypair', ...store, '-keyalg', 'RSA', '-keysize', '2048', ...subject]);
  await run('keytool', ['-exportcert', ...store, '-rfc', '-file', pem]);
  return { keyStore, password, certificateAuthority: await readFile(pem, 'utf8') };
}
