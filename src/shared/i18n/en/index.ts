import { approvals } from './approvals.ts';
import { ask } from './ask.ts';
import { calls } from './calls.ts';
import { causes } from './causes.ts';
import { chat } from './chat.ts';
import { cli } from './cli.ts';
import { config } from './config.ts';
import { connection } from './connection.ts';
import { control } from './control.ts';
import { credentials } from './credentials.ts';
import { doctor } from './doctor.ts';
import { edge } from './edge.ts';
import { errors } from './errors.ts';
import { link } from './link.ts';
import { localGateway } from './local-gateway.ts';
import { questions } from './questions.ts';
import { responder } from './responder.ts';
import { sessions } from './sessions.ts';
import { settings } from './settings.ts';
import { share } from './share.ts';
import { tray } from './tray.ts';
import { tunnelService } from './tunnel-service.ts';

export const en = {
  approvals,
  ask,
  causes,
  calls,
  chat,
  cli,
  config,
  connection,
  control,
  credentials,
  doctor,
  edge,
  errors,
  link,
  localGateway,
  questions,
  responder,
  sessions,
  settings,
  share,
  tray,
  tunnelService,
};
