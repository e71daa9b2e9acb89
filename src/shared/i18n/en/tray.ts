export const tray = {
  tooltip: 'Chela: {{status}}',
  gateway: 'Gateway: {{gateway}}',
  nextTry: 'Next try at {{time}}',
  question_one: 'Chela has {{count}} question',
  question_other: 'Chela has {{count}} questions',
  openWebchat: 'Open WebChat',
  openPanel: 'Show Panel',
  settings: 'Settings…',
  quit: 'Quit Chela',
};
