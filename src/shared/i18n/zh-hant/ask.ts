export const ask = {
  label: '等候您回答的問題',
  title: 'OpenClaw 想請問',
  answer: '回答',
  skip: '略過',
  skipNote: '沒有回答的話，它會自行判斷後繼續。',
  own: '或用您自己的話回答',
  words: '您的回答',
  elsewhere: '這屬於另一個對話。',
  open: '開啟該對話',
  store: '這個答案會存入 Gateway 的密鑰庫，請在 Gateway 自己的 Control UI 回答。',
  offline: '重新連線後即可回答。',
};
