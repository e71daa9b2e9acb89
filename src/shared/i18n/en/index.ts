import { causes } from './causes.ts';
import { chat } from './chat.ts';
import { cli } from './cli.ts';
import { connection } from './connection.ts';
import { credentials } from './credentials.ts';
import { doctor } from './doctor.ts';
import { edge } from './edge.ts';
import { errors } from './errors.ts';
import { questions } from './questions.ts';
import { responder } from './responder.ts';
import { settings } from './settings.ts';
import { tray } from './tray.ts';

export const en = {
  causes,
  chat,
  cli,
  connection,
  credentials,
  doctor,
  edge,
  errors,
  questions,
  responder,
  settings,
  tray,
};
