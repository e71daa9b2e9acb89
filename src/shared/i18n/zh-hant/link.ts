/** `chela link` and `chela unlink`, and the same in Settings. */
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
  row: {
    title: '命令列',
    label: 'chela 指令',
    looking: '正在尋找指令',
    linked: '{{path}} 會執行這個 Chela。',
    notLinked: '尚未連結。會放在 {{path}}。',
    elsewhere: '{{path}} 會執行另一個 Chela。連結後會改為這一個。',
    taken: '{{path}} 屬於其他程式，會維持原狀。請先移走它，再重新檢查。',
    unavailable: {
      absent: '這個 Chela 沒有附上指令，因此沒有可連結的檔案。',
      temporary: '這個 Chela 是從暫時的位置執行，建立的連結之後會失效。請先安裝，或移到「應用程式」檔案夾。',
    },
    link: '連結',
    linking: '正在連結',
    remove: '移除',
    removing: '正在移除',
    unwritableFix: '請讓自己能寫入那個目錄，或在終端機用「chela link --dir」指定其他目錄。',
    checkAgain: '重新檢查',
    checking: '正在檢查',
  },
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
