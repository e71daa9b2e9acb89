export const tray = {
  tooltip: 'Chela：{{status}}',
  gateway: 'Gateway：{{gateway}}',
  nextTry: '下次嘗試時間：{{time}}',
  question_other: 'Chela 有 {{count}} 個問題要請您回答',
  openWebchat: '開啟 WebChat',
  openPanel: '顯示面板',
  settings: '設定…',
  quit: '結束 Chela',
};
