/** `chela link` and `chela unlink`. */
export const link = {
  description: '讓每個 shell 都能使用 chela 指令',
  unlink: '移除 chela link 建立的指令',
  dir: '要放置的目錄（預設：這個系統的慣用目錄）',
  made: '{{file}} 指向 {{target}}',
  notOnPath: '這個目錄不在 PATH 裡。請在 shell 的啟動檔加入：',
  node: {
    missing: '這個指令需要 Node 22.12 以上的版本，但 PATH 裡沒有 Node。請先安裝。',
    old: '這個指令需要 Node 22.12 以上的版本，PATH 裡的是 {{version}}。請安裝較新的版本。',
  },
  removed: '已移除 {{file}}。',
  nothing: '沒有可移除的連結。',
};

export const linkErrors = {
  LINK_TAKEN: {
    title: '那裡已經有另一個 chela',
    body: '{{file}} 不是 chela link 建立的，因此維持原狀。',
    fix: '用 --dir 選擇其他目錄，或先移走那個檔案。',
  },
  LINK_UNWRITABLE: {
    title: '無法把指令放在那裡',
    body: '無法寫入 {{file}}（{{reason}}）。',
    fix: '用 --dir 選擇您自己的目錄。',
  },
};
