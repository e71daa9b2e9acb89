/** 常駐通道（R30-R37）。 */
export const tunnelErrors = {
  TUNNEL_SERVICE_UNSUPPORTED: {
    title: '這台電腦無法使用常駐通道',
    body: '{{reason}}。',
    fix: '只要 Chela 開著，它自己的通道照常運作。',
  },
  TUNNEL_SERVICE_ABSENT: {
    title: '尚未安裝常駐通道',
    body: 'Chela 還沒有在這台電腦上設定常駐通道。',
    fix: '請先完成設定：「設定」→「連線」，或執行 chela tunnel install。',
  },
  TUNNEL_SERVICE_FOREIGN: {
    title: '{{label}} 不是 Chela 建立的',
    body: '{{file}} 已經存在，而且不是 Chela 寫的。沒有任何變更。',
    fix: '請看看那個檔案；若不需要，請移走它再試一次。',
  },
  TUNNEL_SERVICE_FAILED: {
    title: '系統沒有接受這項服務',
    body: '{{program}}：{{reason}}。',
    fix: '請再試一次；若仍然失敗，請自行執行該指令看看它的說明。',
  },
  TUNNEL_SERVICE_NO_PROOF: {
    title: '透過常駐通道沒有 Gateway 回應',
    body: '服務已啟動，但 {{seconds}} 秒內連接埠 {{port}} 上沒有 Gateway 回應。{{reason}}。',
    fix: '請查看記錄，並確認 Gateway 在它的主機上執行，然後再試一次。',
  },
  TUNNEL_SERVICE_BUSY: {
    title: '常駐通道正在變更中',
    body: '另一個視窗或指令正在處理。',
    fix: '請等它完成後再試一次。',
  },
  TUNNEL_SERVICE_INTERRUPTED: {
    title: '先前的變更中斷了',
    body: '它開始之後沒有完成，所以還無法確定目前的狀態。',
    fix: '請先繼續完成，或將它復原。',
  },
  TUNNEL_SERVICE_JOURNAL: {
    title: '無法使用 Chela 的常駐通道紀錄',
    body: '{{file}}：{{reason}}。少了它就無法得知原本的樣子，因此沒有任何變更。',
    fix: '請看看那個檔案；若已損壞，請將它移走。',
  },
  TUNNEL_PLAN_STALE: {
    title: '情況在這段期間改變了',
    body: '剛才顯示的內容已不是將會執行的內容。沒有任何變更。',
    fix: '請查看新的計畫再同意。',
  },
  TUNNEL_PLAN_BLOCKED: {
    title: '有東西擋住了',
    body: '以目前的情況，計畫中有一個步驟無法完成。沒有任何變更。',
    fix: '請處理標示出來的步驟，或略過它。',
  },
  SSH_ALIAS_TAKEN: {
    title: '已經有 Host {{alias}}',
    body: '{{file}} 第 {{line}} 行已有 {{alias}} 自己的項目，Chela 不會更動它。',
    fix: '請改用其他名稱，例如 {{suggestion}}。',
  },
  SSH_CONFIG_UNWRITABLE: {
    title: '無法變更 SSH 設定',
    body: '{{file}}：{{reason}}。沒有任何變更。',
    fix: '請排除這個問題，或自行加入該項目並略過這個步驟。',
  },
  SSH_CONFIG_OVERRULED: {
    title: 'SSH 設定的結果不同',
    body: '變更之後，ssh 對 {{alias}} 的 {{keyword}} 仍回答「{{found}}」，而不是「{{wanted}}」。檔案已恢復原狀。',
    fix: '請找出這樣設定的那一行，多半在系統本身的 SSH 設定裡。',
  },
  SSH_KEY_UNUSABLE: {
    title: '這把金鑰不能用於常駐通道',
    body: '{{file}}：{{reason}}。',
    fix: '請選擇其他金鑰，或讓 Chela 建立一把。',
  },
  SSH_KEY_NOT_COPIED: {
    title: '無法把公開金鑰加到主機上',
    body: '{{reason}}。它的 authorized_keys 維持原狀。',
    fix: '請自行在主機上加入那一行，然後再試一次。',
  },
  SSH_KEY_NOT_ACCEPTED: {
    title: '主機不接受只用這把金鑰登入',
    body: '{{reason}}。服務無法回答任何提問，因此必須只憑金鑰就能登入。',
    fix: '請確認主機允許這把金鑰登入（AuthorizedKeysFile、檔案權限、第二道驗證）。',
  },
  HOST_TOKEN_NOT_FOUND: {
    title: '在主機上找不到權杖',
    body: '{{reason}}。',
    fix: '請在「設定」→「連線」輸入權杖，或略過這個步驟。',
  },
};

/** 用來取代 `{{reason}}`。 */
export const tunnelCauses = {
  TUNNEL_SERVICE_UNSUPPORTED: {
    platform: '這個系統沒有 Chela 認得的服務管理程式',
    noManager: '找不到 systemd，也找不到會自動啟動程式的桌面工作階段',
    noSsh: '找不到系統的 ssh',
    transport: '目前是直接連到 Gateway 自己的位址，沒有經過 SSH',
  },
  TUNNEL_SERVICE_NO_PROOF: {
    silent: '記錄裡沒有相關訊息',
    log: '記錄的最後一行：{{line}}',
  },
  TUNNEL_SERVICE_JOURNAL: {
    damaged: '檔案已損壞',
    newer: '它由另一個版本的 Chela 寫入',
    unreadable: '無法讀取（{{errno}}）',
    unwritable: '無法寫入（{{errno}}）',
  },
  SSH_CONFIG_UNWRITABLE: {
    link: '它是符號連結',
    readOnlyFile: '它是唯讀的',
    foreign: '它屬於其他使用者',
    notAFile: '它不是一般檔案',
    brokenMark: '裡面的 Chela 標記已損壞（有開頭卻沒有結尾）',
    invalid: 'ssh 看不懂它：{{line}}',
    forbidden: '權限不足',
    readOnly: '磁碟是唯讀的',
    full: '磁碟已滿',
    notADirectory: '路徑中有一段不是目錄',
  },
  SSH_KEY_UNUSABLE: {
    absent: '沒有這個檔案',
    notEd25519: '它不是 ed25519 金鑰',
    locked: '沒有對應的公開金鑰檔，內容又受密碼片語保護',
    exists: '已經有同名的檔案',
  },
  SSH_KEY_NOT_COPIED: {
    said: '主機的回應：{{said}}',
    noShell: '這個帳號在主機上不能執行指令，而它的檔案只有 Chela 內建的 SSH 用戶端才能存取',
    noFiles: '這個帳號在主機上不能執行指令，也無法透過 SFTP 變更檔案：{{said}}',
  },
  SSH_KEY_NOT_ACCEPTED: {
    refused: '主機拒絕了這把金鑰',
    narrow:
      '主機拒絕了這把有限制的金鑰，並非每一種 SSH 伺服器都認得這些限制。不加限制時，金鑰在主機上可以做任何事：請在「主機上的金鑰」改選這一項',
    noForwarding: '主機允許這把金鑰登入，但不讓它開啟連接埠 {{port}}（AllowTcpForwarding、PermitOpen）',
    more: '除了金鑰，主機還要求其他驗證',
    locked: '這把金鑰設有密碼片語，而且沒有 SSH agent 持有它',
    failed: 'ssh 的訊息：{{line}}',
  },
  HOST_TOKEN_NOT_FOUND: {
    noFile: 'OpenClaw 存放設定的地方沒有 openclaw.json',
    noToken: '它的 openclaw.json 沒有設定權杖',
    reference: '它的 openclaw.json 只寫了參照，權杖存放在別處',
    broken: '無法讀取它的 openclaw.json',
  },
};
