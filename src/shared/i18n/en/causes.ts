import { cliCauses } from './cli-errors.ts';
import { configCauses } from './config-errors.ts';
import { diskCauses } from './disk-causes.ts';
import { gatewayTlsCauses } from './gateway-tls.ts';
import { secretCauses } from './secret-errors.ts';
import { tunnelCauses } from './tunnel-errors.ts';

/** What stands for `{{reason}}` in a sentence of `errors.ts`, by code and by `details.cause`. */
export const causes = {
  ...configCauses,
  ...cliCauses,
  ...diskCauses,
  ...gatewayTlsCauses,
  SSH_CLOSED: {
    closed: 'The server closed it.',
    reset: 'It was cut off on the way.',
    silent: 'The server stopped answering.',
  },
  SSH_BUSY: {
    full: 'It has too many connections that are still signing in (MaxStartups).',
    penalty: 'It is keeping this address out for a while after failed attempts.',
    silent: 'It gave no reason; often it has too many connections (MaxStartups) or keeps this address out.',
  },
  SSH_CONFIG_INVALID: {
    loop: 'The jump hosts lead in a circle, or there are too many of them.',
    jump: 'A jump host is not written as user@host:port.',
  },
  SSH_NEEDS_OPENSSH: {
    postQuantum: 'the server offers only post-quantum key exchanges ({{algorithms}})',
    securityKey: 'the key lives on a security key (FIDO)',
    certificate: 'the key has an OpenSSH certificate',
    pkcs11: 'the key lives on a smart card (PKCS#11)',
    gssapi: 'the server wants Kerberos (GSSAPI)',
    proxyFdpass: 'the proxy command hands over a socket (ProxyUseFdpass)',
  },
  SSH_IDENTITY_UNREADABLE: {
    absent: 'there is no such file',
    forbidden: 'it may not be read',
    notAFile: 'it is not a file',
    notAKey: 'it is not a private key',
    damaged: 'the key is damaged',
    putty: 'it is a PuTTY key, which has to be exported in OpenSSH format first',
    publicHalf: 'it is a public key, and no SSH agent holds the private one',
    unsupported: 'keys of type {{keyType}} cannot be used',
  },
  KNOWN_HOSTS_UNWRITABLE: {
    forbidden: 'permission denied',
    notAFile: 'it is not a plain file',
    danglingLink: 'it is a link to a file that does not exist',
    foreignLink: 'it is a link to a file of another user',
    systemFile: 'the old key stands in a file of the whole computer, which only its administrator may change',
    noFile: 'your SSH configuration names no file for known hosts',
    readOnly: 'the disk is read-only',
    full: 'the disk is full',
  },
  ...secretCauses,
  ...tunnelCauses,
  GATEWAY_UNREACHABLE: {
    refused: 'Nothing listens at {{url}}.',
    noRoute: 'No network leads to {{url}} from here.',
    silent: 'Nothing came back from {{url}} in time.',
    closed: 'The connection to {{url}} closed before the Gateway said hello.',
  },
};
