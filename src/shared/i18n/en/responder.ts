/** What the embedded Gateway says in the chat on its own behalf. Markdown. */
export const responder = {
  noModel: {
    opening: 'No language model is set up yet, so I cannot answer that.',
    foundOne: '{{server}} runs on this computer and has the model {{model}}.',
    foundMany: 'These models run on this computer:',
    more_one: 'And {{count}} more. `/model` lists them all.',
    more_other: 'And {{count}} more. `/model` lists them all.',
    use: 'To use it, send:\n\n```\n/model {{ref}}\n```',
    serverWithoutModel:
      '{{server}} runs on this computer, but has no model to chat with yet. Load one there, then write to me again.',
    nothingFound:
      'I looked for a model server on this computer (Ollama, LM Studio, llama.cpp, vLLM) and found none. Start one, then write to me again.',
    help: 'Send `/help` to see what works without a model.',
  },
  commands: {
    help: 'what you can send',
    status: 'how this Gateway is doing',
    model: 'the models you can choose from',
    modelPick: 'answer with this model from now on',
    modelNone: 'forget that choice',
  },
  help: {
    withoutModel: 'This is the Gateway inside Chela. No language model is set up yet. You can send:',
    withModel: 'This is the Gateway inside Chela. Your messages go to `{{ref}}`. You can also send:',
    line: '`{{command}}`: {{text}}',
    placeholder: 'name',
  },
  status: {
    opening: 'The Gateway inside Chela {{version}} is running.',
    model: 'Model: `{{ref}}` at {{url}}',
    noModel: 'Model: none',
    workspace: 'What it is told, in files that you can edit: `{{path}}`',
    uptime: 'Running for {{duration}}',
    sessions_one: '{{count}} conversation',
    sessions_other: '{{count}} conversations',
    clients_one: '{{count}} connection',
    clients_other: '{{count}} connections',
  },
  workspace: {
    agents:
      'You are the assistant of a person who talks to you through Chela, a small desktop app. Answer in the language of the person, in Markdown where it helps, and no longer than the question asks for.',
  },
  duration: {
    seconds_one: '{{count}} second',
    seconds_other: '{{count}} seconds',
    minutes_one: '{{count}} minute',
    minutes_other: '{{count}} minutes',
    hours_one: '{{count}} hour',
    hours_other: '{{count}} hours',
  },
  model: {
    current: 'Your messages go to `{{ref}}`.',
    none: 'No language model is set up yet.',
    choices: 'You can choose from:',
    option: '`{{ref}}` ({{origin}})',
    how: 'Send `/model` and a name from the list.',
    picked: 'From now on `{{ref}}` answers. `/model none` undoes this.',
    unknown: 'There is no model called `{{ref}}` here. Send `/model` to see the choices.',
    cleared: 'The choice is forgotten. No language model is set up now.',
    back: 'The choice is forgotten. Your messages go to `{{ref}}` again.',
  },
  unnamedServer: 'a model server on port {{port}}',
  fromSettings: 'from your settings',
  retrying: '{{model}} failed. Trying again in {{seconds}} s ({{attempt}}/{{of}}).',
  questionNotAnswered:
    'This does not answer all that the agent asked, so its questions are still open. Answer each on a line of its own, or choose above.',
  failedBeforeReply: 'No answer: {{reason}}',
  tooManySteps: 'I stopped here, after {{count}} steps. Tell me to go on if this leads somewhere.',
  modelError: {
    billing:
      '{{model}} says that the account has no credit left (HTTP {{status}}). Top it up there, then send your message again.',
    unknownModel: 'There is no model {{model}} here any more. Send `/model` to see the choices.',
    unreachable:
      'The model {{model}} cannot be reached at {{url}}. Start its server, then send your message again.',
    auth: '{{model}} refused the API key (HTTP {{status}}). Correct the key, then send your message again.',
    notFound: 'There is no model {{model}} at {{url}}. Send `/model` to see what is there.',
    rateLimit: '{{model}} asks for a pause: too many requests. Wait a moment, then send your message again.',
    contextLength: 'The conversation is too long for {{model}}. Start a new one, or send a shorter message.',
    server: '{{model}} failed (HTTP {{status}}): {{reason}}. Send your message again.',
    refused: '{{model}} did not accept the request (HTTP {{status}}): {{reason}}.',
    other: '{{model}} stopped: {{reason}}. Send your message again.',
    timeout: '{{model}} stayed silent for too long. Send your message again.',
    empty: '{{model}} gave an empty answer. Send your message again.',
    interrupted: 'The Gateway stopped before the answer was ready. Send your message again.',
    internal: 'The Gateway met a fault of its own. Send your message again.',
  },
};
