import { assertNever } from '../../shared/assert-never.ts';
import { modelRef } from '../../shared/config/model-config.ts';
import { redactUrl } from '../../shared/config/redact-url.ts';
import type { Translate } from '../../shared/errors.ts';
import type { GatewayClock } from '../clock.ts';
import type { Command } from './commands.ts';
import { noUsage } from './cost.ts';
import type { Found, ModelChoice, ModelOption } from './model-choice.ts';
import type { ModelServer } from './model-servers.ts';
import type { Reply } from './reply.ts';

export type ResponderDeps = {
  readonly t: Translate;
  readonly clock: GatewayClock;
  readonly models: ModelChoice;
  readonly status: () => {
    version: string;
    uptimeMs: number;
    sessions: number;
    clients: number;
    /** The directory with the files that the model is told. */
    workspace: string;
  };
};

/** Pause between two pieces of text, so that they are seen to come. */
const PIECE_PAUSE_MS = 60;

/** Models named in one answer; `/model` alone lists more. */
const FEW_MODELS = 5;

/** Answers commands, and says what is missing while no model is set up. Its words never reach a model. */
export function builtinReply(command: Command | null, deps: ResponderDeps): Reply {
  return {
    kind: 'builtin',
    api: 'chela',
    provider: 'chela',
    model: 'built-in',
    excluded: true,
    async run({ signal, say }) {
      const text = command === null ? await noModel(deps) : await runCommand(command, deps);
      for (const [index, piece] of splitIntoPieces(text).entries()) {
        if (index > 0) await pause(deps.clock, signal);
        if (signal.aborted) break;
        say(piece);
      }
      return { stopReason: 'stop', usage: noUsage };
    },
  };
}

/** One piece per paragraph, each with the blank line that follows it. */
export function splitIntoPieces(text: string): string[] {
  return text.split(/(?<=\n\n)(?!\n)/);
}

function pause(clock: GatewayClock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(PIECE_PAUSE_MS, done);
    signal.addEventListener('abort', done);
  });
}

const paragraphs = (...parts: (string | null)[]) => parts.filter((part) => part !== null).join('\n\n');
const serverName = (server: ModelServer, t: Translate) =>
  server.name ?? t('responder.unnamedServer', { port: server.port });
const optionLine = ({ ref, server }: ModelOption, t: Translate) =>
  `- ${t('responder.model.option', {
    ref,
    origin: server === null ? t('responder.fromSettings') : serverName(server, t),
  })}`;

async function noModel({ t, models }: ResponderDeps): Promise<string> {
  const found = await models.options();
  return paragraphs(t('responder.noModel.opening'), howToGetOne(found, t), t('responder.noModel.help'));
}

/** What was found on this computer, and what to send to use it. Null when nobody looked. */
function howToGetOne({ options, servers, looked }: Found, t: Translate): string | null {
  const [first, ...others] = options;
  if (first === undefined) {
    const [server] = servers;
    if (server !== undefined) {
      return t('responder.noModel.serverWithoutModel', { server: serverName(server, t) });
    }
    return looked ? t('responder.noModel.nothingFound') : null;
  }
  const use = t('responder.noModel.use', { ref: first.ref });
  if (others.length === 0 && first.server !== null) {
    return paragraphs(
      t('responder.noModel.foundOne', {
        server: serverName(first.server, t),
        model: first.config.modelId,
      }),
      use,
    );
  }
  const lines = options.slice(0, FEW_MODELS).map((option) => optionLine(option, t));
  const more = options.length - lines.length;
  return paragraphs(
    t('responder.noModel.foundMany'),
    lines.join('\n'),
    more > 0 ? t('responder.noModel.more', { count: more }) : null,
    use,
  );
}

async function runCommand(command: Command, deps: ResponderDeps): Promise<string> {
  switch (command.name) {
    case 'help':
      return help(deps);
    case 'status':
      return status(deps);
    case 'model':
      return command.argument === '' ? listModels(deps) : switchModel(command.argument, deps);
    default:
      return assertNever(command);
  }
}

function help({ t, models }: ResponderDeps): string {
  const current = models.current();
  const line = (command: string, key: string) =>
    `- ${t('responder.help.line', { command, text: t(`responder.commands.${key}`) })}`;
  return paragraphs(
    current === null
      ? t('responder.help.withoutModel')
      : t('responder.help.withModel', { ref: modelRef(current) }),
    [
      line('/help', 'help'),
      line('/status', 'status'),
      line('/model', 'model'),
      line(`/model ${t('responder.help.placeholder')}`, 'modelPick'),
      line('/model none', 'modelNone'),
    ].join('\n'),
  );
}

function status({ t, models, status: read }: ResponderDeps): string {
  const facts = read();
  const current = models.current();
  return paragraphs(
    t('responder.status.opening', { version: facts.version }),
    [
      current === null
        ? t('responder.status.noModel')
        : t('responder.status.model', { ref: modelRef(current), url: redactUrl(current.baseUrl) }),
      ...(current === null ? [] : [t('responder.status.workspace', { path: facts.workspace })]),
      t('responder.status.uptime', { duration: duration(facts.uptimeMs, t) }),
      t('responder.status.sessions', { count: facts.sessions }),
      t('responder.status.clients', { count: facts.clients }),
    ]
      .map((line) => `- ${line}`)
      .join('\n'),
  );
}

function duration(ms: number, t: Translate): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return t('responder.duration.seconds', { count: Math.floor(ms / 1000) });
  if (minutes < 120) return t('responder.duration.minutes', { count: minutes });
  return t('responder.duration.hours', { count: Math.floor(minutes / 60) });
}

async function listModels({ t, models }: ResponderDeps): Promise<string> {
  const found = await models.options();
  const current = models.current();
  const opening =
    current === null ? t('responder.model.none') : t('responder.model.current', { ref: modelRef(current) });
  if (found.options.length === 0) return paragraphs(opening, howToGetOne(found, t));
  const lines = found.options.map((option) => optionLine(option, t));
  return paragraphs(opening, t('responder.model.choices'), lines.join('\n'), t('responder.model.how'));
}

async function switchModel(argument: string, { t, models }: ResponderDeps): Promise<string> {
  if (argument.toLowerCase() === 'none') {
    models.clear();
    const current = models.current();
    return current === null
      ? t('responder.model.cleared')
      : t('responder.model.back', { ref: modelRef(current) });
  }
  const picked = await models.pick(argument);
  return picked === null
    ? t('responder.model.unknown', { ref: argument.slice(0, 200).replaceAll('`', '') })
    : t('responder.model.picked', { ref: modelRef(picked) });
}
