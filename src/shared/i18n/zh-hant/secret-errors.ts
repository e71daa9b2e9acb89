/** `openclaw.json` 參照、但在這裡取不到的密鑰。 */
export const secretErrors = {
  SECRET_REF_INVALID: {
    title: '{{key}} 不是有效的密鑰寫法',
    body: '{{file}} 的 {{key}}：{{reason}}。',
    fix: '請在 {{key}} 寫入文字，或寫成含 source、provider 與 id 的參照。',
  },
  SECRET_PROVIDER_MISSING: {
    title: '沒有名為「{{provider}}」的密鑰提供者',
    body: '{{file}} 的 {{key}} 參照 {{ref}}，但 secrets.providers 裡沒有 source 為「{{source}}」的「{{provider}}」。',
    fix: '請加上 secrets.providers.{{provider}}，或在 {{key}} 改用其他提供者。',
  },
  SECRET_PROVIDER_INVALID: {
    title: '密鑰提供者「{{provider}}」的設定不完整',
    body: '{{file}} 的 {{key}} 需要 secrets.providers.{{provider}}：{{reason}}。',
    fix: '請修正 {{file}} 中的 secrets.providers.{{provider}}。',
  },
  SECRET_ENV_MISSING: {
    title: '沒有設定環境變數 {{variable}}',
    body: '{{file}} 的 {{key}} 取自 {{variable}}，但在 Chela 執行的環境中它沒有設定或是空的。Chela 不會改用其他憑證。',
    fix: '請在啟動 Chela 的環境中設定 {{variable}}，或修改 {{key}}。',
  },
  SECRET_ENV_NOT_ALLOWED: {
    title: '不允許使用環境變數 {{variable}}',
    body: '{{file}} 的 {{key}} 參照 {{variable}}，但它不在 secrets.providers.{{provider}} 的 allowlist 裡。',
    fix: '請把 {{variable}} 加進 secrets.providers.{{provider}} 的 allowlist。',
  },
  SECRET_FILE_UNUSABLE: {
    title: '無法使用密鑰檔',
    body: '{{file}} 的 {{key}} 參照 {{secretFile}}：{{reason}}。',
    fix: '請改成屬於您、只有您能讀取（chmod 600）、且沒有其他檔名的一般檔案。',
  },
  SECRET_FILE_CONTENT: {
    title: '檔案裡沒有這個密鑰',
    body: '{{file}} 的 {{key}} 參照 {{secretFile}} 中的 {{id}}：{{reason}}。',
    fix: '請修正 {{secretFile}} 的內容，或 {{key}} 的 id。',
  },
  SECRET_COMMAND_UNTRUSTED: {
    title: '沒有執行取得密鑰的指令',
    body: '{{file}} 的 {{key}} 要執行 {{command}}：{{reason}}。',
    fix: '請填入屬於您、且其他人無法更動的程式的絕對路徑。',
  },
  SECRET_COMMAND_FAILED: {
    title: '取得密鑰的指令沒有給出值',
    body: '{{file}} 的 {{key}} 向 {{command}} 要 {{id}}：{{reason}}。',
    fix: '請自己執行這個指令看看它說什麼；它的輸出絕不會顯示在這裡。',
  },
  SECRET_VALUE_UNUSABLE: {
    title: '{{key}} 的值不能當作密鑰',
    body: '{{file}} 的 {{key}}：{{reason}}。',
    fix: '請換成真正的密鑰。',
  },
  SECRET_ONLY_GATEWAY: {
    title: '只有 Gateway 能解析 {{key}}',
    body: '{{file}} 的 {{key}} 參照 {{ref}}：{{reason}}。Chela 不會改用其他憑證。',
    fix: '請在 Chela 的設定中輸入權杖，或讓 {{key}} 參照環境變數、檔案或指令。',
  },
  SERVER_AUTH_AMBIGUOUS: {
    title: '同時有權杖與密碼，卻沒有指定模式',
    body: 'gateway.auth.token 與 gateway.auth.password 都有設定，因此無法判斷 Gateway 該如何驗證。',
    fix: '請在 openclaw.json 把 gateway.auth.mode 設為 token 或 password。',
  },
  TOKEN_STORE_ASK: {
    title: '這台電腦沒有存放密鑰的地方',
    body: '沒有可用的鑰匙圈，因此 Chela 不知道該把權杖存在哪裡。',
    fix: '請選擇：只保留到 Chela 結束，或存在只有您能讀取的檔案。',
  },
  TOKEN_STORE_FAILED: {
    title: '無法保存權杖',
    body: '{{place}}：{{reason}}。先前存放的權杖仍在原處。',
    fix: '請解鎖鑰匙圈或釋出空間，然後再儲存一次。',
  },
  TOKEN_STORE_UNREADABLE: {
    title: '無法讀取存放的權杖',
    body: '{{place}}：{{reason}}。Chela 不會改用其他憑證。',
    fix: '請解鎖鑰匙圈，或在設定中重新輸入權杖。',
  },
};

/** 用來取代 `{{reason}}`。 */
export const secretCauses = {
  SECRET_REF_INVALID: {
    shape: '它既不是文字，也不是含 source、provider 與 id 的物件',
    source: 'source 不是 env、file、exec 或 store',
    provider: '提供者名稱只能用 a-z、0-9、_ 與 -，以字母開頭，最多 64 個字元',
    variable: '環境變數名稱只能用 A-Z、0-9 與 _，且以字母開頭',
    pointer: 'id 不是 /gateway/token 這樣的 JSON pointer，也不是「value」',
    command: 'id 含有指令不接受的字元或路徑片段',
  },
  SECRET_PROVIDER_INVALID: {
    shape: '設定裡有型別不對的值',
    path: '沒有指定檔案',
    command: '沒有指定指令',
  },
  SECRET_FILE_UNUSABLE: {
    absent: '沒有這個檔案',
    relative: '路徑不是絕對路徑',
    forbidden: '沒有讀取權限',
    notAFile: '這不是一般檔案',
    link: '這是符號連結',
    hardlinked: '同一個檔案還有其他檔名（硬連結）',
    foreign: '它屬於其他使用者',
    open: '其他使用者可以讀取或更動它',
    tooLarge: '它超過 {{limit}} 位元組',
    slow: '無法在 {{ms}} 毫秒內讀完',
    unverifiable: '在這個系統上無法確認它的權限',
    binary: '內容不是文字',
  },
  SECRET_FILE_CONTENT: {
    notJson: '檔案內容不是 JSON 物件',
    singleValue: '這個提供者只有一個值，id 必須是「value」',
    noValue: '那個位置沒有東西',
    notText: '那裡的值不是文字',
    empty: '內容是空的',
  },
  SECRET_COMMAND_UNTRUSTED: {
    relative: '路徑不是絕對路徑',
    absent: '沒有這個檔案',
    forbidden: '沒有檢視權限',
    link: '這是符號連結',
    notAFile: '這不是一般檔案',
    foreign: '它屬於其他使用者',
    open: '其他使用者可以更動它',
    dir: '它不在任何 trustedDirs 之內',
    unverifiable: '在這個系統上無法確認它的權限',
  },
  SECRET_COMMAND_FAILED: {
    spawn: '無法啟動',
    exit: '以狀態碼 {{status}} 結束',
    signal: '被訊號中止',
    slow: '執行超過 {{ms}} 毫秒',
    silent: '{{ms}} 毫秒內沒有任何輸出',
    tooMuch: '輸出超過 {{limit}} 位元組',
    binary: '輸出不是文字',
    notJson: '輸出不是 JSON',
    protocol: '回應不符合第 1 版協定',
    notFound: '它不認得這個 id（NOT_FOUND）',
    duplicate: '有多個密鑰使用這個 id（AMBIGUOUS_DUPLICATE_KEY）',
    refused: '它對這個 id 回報了錯誤',
    noValue: '回應裡沒有這個 id 的值',
    notText: '值不是文字',
    empty: '值是空的',
  },
  SECRET_VALUE_UNUSABLE: {
    placeholder: '那是佔位文字，不是密鑰',
    control: '裡面有換行或控制字元',
    long: '長度超過 {{limit}} 個字元',
  },
  SECRET_ONLY_GATEWAY: {
    store: '它存在 Gateway 自己的密鑰庫裡',
    plugin: '它由 Gateway 的外掛提供',
  },
  TOKEN_STORE_FAILED: {
    keychain: '鑰匙圈沒有收下它',
    file: '無法寫入檔案（{{errno}}）',
  },
  TOKEN_STORE_UNREADABLE: {
    locked: '鑰匙圈沒有回應',
    gone: '權杖已經不在那裡',
  },
};
