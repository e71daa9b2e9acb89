/** The sentences of R24 and R26: where a Gateway is, and whether the connection to it is protected. */
export const gatewayTlsErrors = {
  GATEWAY_URL_INVALID: {
    title: 'This Gateway URL cannot be used',
    body: '{{reason}}',
    fix: 'Correct the URL. It looks like wss://studio.example:18789.',
  },
  GATEWAY_PLAINTEXT_REFUSED: {
    title: 'Refused to speak to {{host}} without encryption',
    body: 'ws:// is unencrypted, and {{host}} is another computer: everyone on the way could read the token and the chat.',
    fix: 'Use wss://, or Remote over SSH. Only on a private network you trust: set OPENCLAW_ALLOW_INSECURE_PRIVATE_WS=1 in the environment of the program that connects.',
  },
  GATEWAY_PLAINTEXT_PUBLIC: {
    title: 'Refused to speak to {{host}} without encryption',
    body: 'ws:// is unencrypted. {{reason}}',
    fix: 'Use wss://, or Remote over SSH. No setting lifts this rule.',
  },
  GATEWAY_HOST_NOT_FOUND: {
    title: 'The name {{host}} was not found',
    body: '{{reason}}',
    fix: 'Check the spelling in the Gateway URL, and that you are on the right network or VPN.',
  },
  GATEWAY_TLS_PIN_INVALID: {
    title: 'The certificate fingerprint cannot be read',
    body: 'A fingerprint is the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons. Nothing was sent.',
    fix: 'Correct the fingerprint, or clear it to go by the certificate authorities of this computer.',
  },
  GATEWAY_TLS_PIN_NEEDS_WSS: {
    title: 'A fingerprint needs wss://',
    body: 'A certificate fingerprint is set for {{host}}, but ws:// has no certificate to compare. Nothing was sent.',
    fix: 'Write wss:// in the Gateway URL, or clear the fingerprint.',
  },
  GATEWAY_TLS_PIN_MISMATCH: {
    title: 'The certificate of {{host}} changed',
    body: 'Expected {{expected}}, got {{actual}}, issued by {{issuer}}, valid {{validFrom}} to {{validTo}}. It was renewed, or someone is in the middle. Nothing was sent.',
    fix: 'Compare the new fingerprint with the one on the Gateway’s computer before you accept it.',
  },
  GATEWAY_TLS_UNTRUSTED: {
    title: 'The certificate of {{host}} is not trusted',
    body: 'No authority that this computer trusts vouches for it ({{reason}}). Nothing was sent.',
    fix: 'Compare its fingerprint with the one on the Gateway’s computer and set it, or give the Gateway a certificate from a known authority.',
  },
  GATEWAY_TLS_NAME_MISMATCH: {
    title: 'The certificate is for another name',
    body: 'The certificate that {{host}} shows does not name {{host}}. Nothing was sent.',
    fix: 'Use the name that stands in the certificate, or set its fingerprint after comparing it.',
  },
  GATEWAY_TLS_EXPIRED: {
    title: 'The certificate of {{host}} is not valid today',
    body: '{{reason}} Nothing was sent.',
    fix: 'Renew the certificate on the Gateway’s computer, and check the clocks of both computers.',
  },
  GATEWAY_TLS_MISSING: {
    title: '{{host}} does not speak TLS there',
    body: 'Port {{port}} answered, but not with TLS. Nothing was sent.',
    fix: 'Check the port. If TLS is switched off there, switch on gateway.tls, or use Remote over SSH.',
  },
  GATEWAY_TLS_FAILED: {
    title: 'TLS with {{host}} failed',
    body: 'The two sides could not agree ({{reason}}). Nothing was sent.',
    fix: 'Look at the Gateway’s log, or at the proxy in front of it.',
  },
};

export const gatewayTlsCauses = {
  GATEWAY_URL_INVALID: {
    empty: 'There is none.',
    scheme: 'It has to start with wss://, or with ws:// for this computer.',
    shape: 'It is not written like a URL.',
    credentials:
      'It carries a user name, a token or a password. Those have fields of their own, and a URL ends up in logs.',
  },
  GATEWAY_HOST_NOT_FOUND: {
    unknown: 'The name was looked up, and there is no such computer.',
    noAnswer: 'No name server answered. The network may not be ready yet.',
  },
  GATEWAY_PLAINTEXT_PUBLIC: {
    public:
      '{{host}} is not an address of a private network, so everyone on the way could read the token and the chat.',
    publicName: '{{host}} is a public name, so everyone on the way could read the token and the chat.',
    unspecified: '{{host}} is no computer’s address.',
    ledAway: '{{host}} led to {{address}}, where it must not lead. Nothing was sent.',
  },
  GATEWAY_TLS_UNTRUSTED: {
    selfSigned: 'it signed itself',
    unknownIssuer: 'its issuer is not known here',
  },
  GATEWAY_TLS_EXPIRED: {
    expired: 'It expired.',
    notYet: 'It is not valid yet.',
  },
};
