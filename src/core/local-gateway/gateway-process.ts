import { serveParent } from '../../gateway/process.ts';
import { configWriter } from '../config/config-writer.ts';

/** The entry of the embedded Gateway's child process. It is given its files, and this computer's care in writing one. */
serveParent({ writeConfig: configWriter(process.env) });
