/** 設定 → 與其他 OpenClaw 工具共用。 */
export const share = {
  title: '與其他 OpenClaw 工具共用',
  body: 'openclaw 指令與其他應用程式會讀取 openclaw.json。Chela 只在這裡寫入它，而且只寫入您看過的內容。',
  show: '顯示變更',
  showUndo: '復原上一次變更',
  looking: '查看中',
  diffLabel: '{{file}} 的變更',
  willWrite: '以下內容會寫入 {{file}}；其中的註解與其他內容都會保留。',
  willUndo: '以下內容會讓 {{file}} 回到上一次變更之前的樣子。',
  same: '不需要寫入：{{file}} 的內容已經相同。',
  sameUndo: '不需要復原：{{file}} 維持原樣。',
  save: '寫入',
  saving: '寫入中',
  cancel: '不要變更',
  saved: '已寫入。先前的內容保留在 {{backup}}。',
  savedNew: '已寫入。其他 OpenClaw 工具從現在起會使用這個連線。',
};
