/** 與 `openclaw.json` 有關的錯誤；無論哪一種，檔案都維持原樣。 */
export const configErrors = {
  OPENCLAW_CONFIG_BROKEN: {
    title: '無法讀取 openclaw.json',
    body: '{{file}} 第 {{line}} 行第 {{column}} 欄：{{reason}}。Chela 會沿用最後一次讀到的值。',
    fix: '請修正該處，或用「chela config undo」復原上一次變更。',
  },
  CONFIG_PATH_INVALID: {
    title: '「{{path}}」不是設定路徑',
    body: '路徑由以點分隔的名稱、方括號中的索引，或方括號中加引號的名稱組成。',
    fix: '請寫成 gateway.remote.url、list[0].id 或 models["a/b"].alias 的形式。',
  },
  CONFIG_PATH_ABSENT: {
    title: '{{path}} 尚未設定',
    body: '{{file}} 中的 {{path}} 沒有可移除的內容。',
    fix: '請用「chela config get」確認路徑。',
  },
  CONFIG_PATH_BLOCKED: {
    title: '無法加入 {{path}}',
    body: '在 {{file}} 中，通往 {{path}} 的途中遇到既不是物件、也不是該長度清單的值。',
    fix: '請用「chela config get」查看該處的內容，並改設定它的上一層。',
  },
  CONFIG_NOT_OBJECT: {
    title: 'openclaw.json 的內容不是物件',
    body: '{{file}} 必須以 { 開頭、以 } 結尾。',
    fix: '請修正檔案，或用「chela config undo」復原上一次變更。',
  },
  CONFIG_VALUE_INVALID: {
    title: '這個值不適用於 {{path}}',
    body: '應為{{reason}}。',
    fix: '請修正後再試一次。',
  },
  CONFIG_INCLUDED: {
    title: '{{path}} 屬於被引入的檔案',
    body: '$include 以 {{file}} 取代該處的內容；在旁邊另寫一個值會讓兩者不一致。',
    fix: '請在 {{file}} 中修改這個值。',
  },
  CONFIG_CONFLICT: {
    title: 'openclaw.json 在這段期間被改過',
    body: '顯示變更之後，另一個程式寫入了 {{file}}。Chela 沒有寫入任何內容，也沒有遺失任何內容。',
    fix: '請重新檢視變更，再儲存一次。',
  },
  CONFIG_BUSY: {
    title: 'openclaw.json 正在寫入中',
    body: '另一個 Chela 已佔用 {{file}} 好幾秒。',
    fix: '請稍候再試。',
  },
  CONFIG_READ_ONLY: {
    title: 'openclaw.json 由其他系統管理',
    body: '已設定 {{variable}}，因此任何程式都不得寫入 {{file}}。',
    fix: '請在產生這個檔案的地方修改設定，例如您的部署系統。',
  },
  CONFIG_UNWRITABLE: {
    title: '無法寫入 openclaw.json',
    body: '{{file}}：{{reason}}。檔案維持原樣。',
    fix: '請檢查該處的權限與剩餘空間，然後再試一次。',
  },
  CONFIG_NO_BACKUP: {
    title: '沒有可復原的內容',
    body: '{{file}} 旁邊沒有備份。',
    fix: '從第一次變更起就會保留備份。',
  },
  CONFIG_PROFILE_INVALID: {
    title: '「{{profile}}」不能當作設定檔名稱',
    body: '名稱最多 64 個字元，可用英文字母、數字、- 與 _，並以字母或數字開頭。',
    fix: '請在 --profile 之後改用其他名稱。',
  },
};

/** 代入 `{{reason}}` 的文字。 */
export const configCauses = {
  CONFIG_VALUE_INVALID: {
    mode: ' "local" 或 "remote"',
    port: ' 1 到 65535 之間的整數',
    bind: ' "loopback"、"lan"、"tailnet"、"custom" 或 "auto"',
    authMode: ' "none"、"token"、"password" 或 "trusted-proxy"',
    transport: ' "ssh" 或 "direct"',
    hostKeyPolicy: ' "strict" 或 "openssh"',
    text: '文字',
    texts: '文字清單',
    flag: ' true 或 false',
    secret: '文字，或含有 source、provider、id 的參照',
    gatewayUrl: '以 ws:// 或 wss:// 開頭的網址',
    sshTarget: ' user@host 或 user@host:port',
    fingerprint: ' SHA-256 指紋：64 個十六進位數字，冒號可有可無',
    object: '以大括號括住的物件',
    model: '像 provider/model 的文字，或含有 primary 的物件',
    json: ' JSON（使用 --strict-json 時不接受其他格式）',
  },
};
