/** 無法開啟視窗時該怎麼做，取代同一代碼原本的解決方法。 */
export const cliFixes = {
  OPENCLAW_NOT_INSTALLED: '請安裝它（npm install -g openclaw），或執行：chela mode local --gateway embedded',
  SSH_TARGET_MISSING: '請執行：chela mode remote --ssh-target user@host',
  SSH_TARGET_INVALID: '請改用另一個：chela mode remote --ssh-target user@host[:port]',
  SSH_HOST_NOT_FOUND: '請檢查拼字與網路，再執行：chela mode remote --ssh-target user@host[:port]',
  SSH_REFUSED:
    '請在那台電腦啟動 SSH 伺服器，或指定它的連接埠：chela mode remote --ssh-target user@{{host}}:PORT',
  SSH_NOT_SSH: '請指定它的 SSH 連接埠：chela mode remote --ssh-target user@{{host}}:PORT',
  SSH_CLOSED: '請執行 chela reconnect；Chela 沒有在執行時，請執行 chela connect。',
  SSH_BUSY: '請再試一次。若持續發生，請檢查伺服器 sshd_config 的 MaxStartups 與防火牆。',
  SSH_NEEDS_OPENSSH: '請在 Chela 自己的 settings.json 把 remote.engine 設為 "openssh"，然後再試一次。',
  SSH_HOST_KEY_UNKNOWN:
    '請把金鑰加入 known_hosts，或讓 Chela 詢問您：chela config set gateway.remote.sshHostKeyPolicy strict',
  SSH_HOST_KEY_DECLINED: '請在終端機再執行一次；與那台電腦核對指紋後，再回答「是」。',
  SSH_AUTH_REFUSED:
    '請把您的公開金鑰加到那台主機，或改用另一把：chela config set gateway.remote.sshIdentity FILE',
  SSH_NO_KEY: '請用 ssh-keygen 建立一把，或指定您的金鑰：chela config set gateway.remote.sshIdentity FILE',
  SSH_IDENTITY_UNREADABLE: '請指定私密金鑰檔：chela config set gateway.remote.sshIdentity FILE',
  OPENSSH_MISSING: '請安裝 OpenSSH 用戶端，或在 Chela 自己的 settings.json 把 remote.engine 設為 "builtin"。',
  FORWARD_NOTHING_LISTENING:
    '請在 {{host}} 啟動 Gateway，或指定它的連接埠：chela config set gateway.remote.remotePort PORT',
  PORT_IN_USE:
    '請結束該程式，或改用其他連接埠：chela config set gateway.port PORT；通道則改 gateway.remote.url ws://127.0.0.1:PORT',
  PORT_IN_USE_BY:
    '請結束 {{command}}，或改用其他連接埠：chela config set gateway.port {{suggestedPort}}；通道則改 gateway.remote.url ws://127.0.0.1:{{suggestedPort}}',
  PORT_FORBIDDEN:
    '請改用 1023 以上的連接埠：chela config set gateway.port PORT；通道則改 gateway.remote.url ws://127.0.0.1:PORT',
  NOT_A_GATEWAY:
    '請檢查連接埠：本機是 gateway.port，通道是 gateway.remote.remotePort，或是 --port 與 --url。',
  GATEWAY_STARTING: '請稍後再試一次。',
  GATEWAY_RESTARTING: '請稍後再試一次。',
  GATEWAY_CLOSED: '請再試一次；chela logs 會顯示 Gateway 做了什麼。',
  GATEWAY_TOKEN_MISSING: '請用 --token-file 提供，或執行：chela config set gateway.remote.token --stdin',
  GATEWAY_TOKEN_MISMATCH:
    '請與 Gateway 那台電腦的 gateway.auth.token 核對；chela config explain 會說明送出的是哪一個。',
  GATEWAY_AUTH_REFUSED: '請檢查憑證；chela config explain 會說明送出的是哪一個。',
  GATEWAY_REQUEST_FAILED: '請檢查參數，然後再試一次。',
  GATEWAY_REQUEST_TIMEOUT: '請再試一次，或用 --timeout 等久一點。',
  LOCAL_GATEWAY_CRASHED: '請再試一次。若再發生，chela doctor 或許能說明原因。',
  OPENCLAW_CONFIG_BROKEN: '請修正檔案的那個位置，或還原上一次變更：chela config undo',
  CONFIG_CONFLICT: '請再執行一次，會顯示現在的變更內容。',
  SETTINGS_UNWRITABLE: '請修正權限或清出一些空間，然後再執行一次。',
  SECRET_ONLY_GATEWAY: '請讓 {{key}} 參照環境變數、檔案或指令，或用 --token-file 提供權杖。',
  TOKEN_STORE_ASK: '請存到 openclaw.json：chela config set gateway.remote.token --stdin',
  TOKEN_STORE_FAILED: '請解鎖鑰匙圈或清出一些空間，然後再執行一次。',
  TOKEN_STORE_UNREADABLE: '請解鎖鑰匙圈，或用 --token-file 提供權杖。',
  NOT_AVAILABLE: '請先執行 chela connect，然後再試一次。',
  BRIDGE_CLOSED: '請再試一次。',
};

/** 發生了什麼也一樣：結束的指令沒有「上次讀到的值」可以沿用。 */
export const cliBodies = {
  OPENCLAW_CONFIG_BROKEN: '{{file}}:{{line}}:{{column}}：{{reason}}。',
};
