export const causes = {
  SSH_CLOSED: {
    closed: '伺服器關閉了連線。',
    reset: '連線在途中被切斷。',
    silent: '伺服器不再回應。',
  },
  SSH_IDENTITY_UNREADABLE: {
    absent: '沒有這個檔案',
    forbidden: '沒有讀取權限',
    notAFile: '這不是檔案',
    notAKey: '這不是私密金鑰',
    damaged: '金鑰已損毀',
    putty: '這是 PuTTY 金鑰，請先匯出為 OpenSSH 格式',
    publicHalf: '這是公開金鑰，而且沒有 SSH agent 持有對應的私密金鑰',
    unsupported: '無法使用 {{keyType}} 類型的金鑰',
  },
  KNOWN_HOSTS_UNWRITABLE: {
    forbidden: '權限不足',
    notAFile: '這不是一般檔案',
    danglingLink: '這是連往不存在檔案的連結',
    foreignLink: '這是連往其他使用者檔案的連結',
    readOnly: '磁碟是唯讀的',
    full: '磁碟已滿',
  },
};
