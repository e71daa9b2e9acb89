import type { RequestMethod } from '../shared/contract/requests.ts';

/** The names alone: the schemas would bring a validator into every page's preload. The type keeps it complete. */
const knownMethods: Readonly<Record<RequestMethod, true>> = {
  'app.snapshot': true,
  'app.openWindow': true,
  'app.openExternal': true,
  'credentials.explain': true,
  'credentials.places': true,
  'settings.save': true,
  'connection.setMode': true,
  'connection.retry': true,
  'connection.disconnect': true,
  'connection.reconnect': true,
  'connection.checkHealth': true,
  'connection.test': true,
  'connection.testDirect': true,
  'certificate.pin': true,
  'questions.answer': true,
  'hostKey.replace': true,
  'doctor.run': true,
  'doctor.stop': true,
  'doctor.report': true,
  'pairing.approve': true,
  'pairing.askForScopes': true,
  'sharedConfig.plan': true,
  'sharedConfig.apply': true,
  'command.state': true,
  'command.link': true,
  'command.unlink': true,
  'tunnelService.status': true,
  'tunnelService.plan': true,
  'tunnelService.apply': true,
  'tunnelService.cancel': true,
  'tunnelService.settle': true,
  'tunnelService.control': true,
  'tunnelService.log': true,
  'ssh.listIdentities': true,
  'webchat.connectParams': true,
  'webchat.refused': true,
  'artifact.fetch': true,
  'relay.open': true,
  'relay.send': true,
  'relay.close': true,
};

/** `method` comes from the page, whatever its type says. */
export function isKnownMethod(method: unknown): method is RequestMethod {
  return typeof method === 'string' && Object.hasOwn(knownMethods, method);
}
