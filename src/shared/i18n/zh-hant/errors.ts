import { cliErrors } from './cli-errors.ts';

import { configErrors } from './config-errors.ts';
import { gatewayServerErrors } from './gateway-server.ts';
import { gatewayTlsErrors } from './gateway-tls.ts';
import { linkErrors } from './link.ts';
import { localGatewayErrors } from './local-gateway.ts';
import { secretErrors } from './secret-errors.ts';
import { tunnelErrors } from './tunnel-errors.ts';

export const errors = {
  ...configErrors,
  ...gatewayServerErrors,
  ...localGatewayErrors,
  ...cliErrors,
  ...linkErrors,
  ...gatewayTlsErrors,
  SSH_TARGET_MISSING: {
    title: '尚未設定 SSH 目標',
    body: 'Chela 還不知道您的 Gateway 在哪一台電腦上執行。',
    fix: '請開啟「設定」，輸入 user@host。',
  },
  SSH_TARGET_INVALID: {
    title: '這個 SSH 目標無法使用',
    body: '「{{target}}」不符合 user@host 或 user@host:port 的格式。',
    fix: '請在「設定」中修正目標；IPv6 位址請加上方括號。',
  },
  NETWORK_DOWN: {
    title: '這台電腦沒有連上網路',
    body: '沒有任何網路介面取得位址。',
    fix: '請先連上網路，然後再試一次。',
  },
  SSH_HOST_NOT_FOUND: {
    title: '找不到名為 {{host}} 的電腦',
    body: '查不到 {{host}} 這個名稱。可能打錯字，或這台電腦沒有網路。',
    fix: '請在「設定」中檢查主機名稱。',
  },
  SSH_UNREACHABLE: {
    title: '無法連到 {{host}}',
    body: '沒有通往 {{host}} 的網路路徑。對方可能已關機，或在另一個網路。',
    fix: '請確認兩台電腦都已連上網路，然後再試一次。',
  },
  SSH_REFUSED: {
    title: '{{host}} 的 {{port}} 連接埠不接受 SSH',
    body: '電腦有回應，但沒有程式在 {{port}} 連接埠等候。',
    fix: '請在那台電腦啟動 SSH 伺服器，或在「設定」中修正連接埠。',
  },
  SSH_TIMEOUT: {
    title: '{{host}} 沒有回應',
    body: '{{seconds}} 秒內沒有收到 {{host}} 連接埠 {{port}} 的回應。',
    fix: '請檢查網路與主機，然後再試一次。',
  },
  SSH_NOT_SSH: {
    title: '{{host}} 的 {{port}} 連接埠不是 SSH 伺服器',
    body: '回應的是別的程式。',
    fix: '請在「設定」中修正 SSH 連接埠。',
  },
  SSH_KEX_FAILED: {
    title: '{{host}} 與 Chela 沒有共通的加密方式',
    body: '伺服器只提供 Chela 不支援的演算法：{{reason}}。',
    fix: '請在伺服器上允許 curve25519-sha256 與 ssh-ed25519。',
  },
  SSH_CLOSED: {
    title: 'SSH 連線中斷了',
    body: '與 {{host}} 的連線已結束。{{reason}}',
    fix: 'Chela 會自動重新連線，您也可以立即重試。',
  },
  SSH_BUSY: {
    title: '{{host}} 拒絕了這次連線',
    body: '它在 SSH 問候之前就掛斷了。{{reason}}',
    fix: 'Chela 會自動重試。若一直如此，請查看伺服器 sshd_config 的 MaxStartups 與防火牆。',
  },
  SSH_LOCAL_NETWORK_BLOCKED: {
    title: 'macOS 可能不讓 Chela 使用區域網路',
    body: '{{host}} 就在您的網路裡，系統卻說無路可達。Chela 沒有「區域網路」權限時，系統也會這樣回答。',
    fix: '請在「系統設定 › 隱私權與安全性 › 區域網路」允許 Chela，然後再試一次。',
  },
  SSH_CONFIG_INVALID: {
    title: '您的 SSH 設定無法用於 {{host}}',
    body: '{{reason}}',
    fix: '請修正 ~/.ssh/config，然後再試一次。',
  },
  SSH_PROXY_FAILED: {
    title: '{{host}} 的代理指令失敗了',
    body: 'SSH 設定裡的 ProxyCommand 在伺服器回應之前就結束了。{{reason}}',
    fix: '請修正 ~/.ssh/config 裡的 ProxyCommand，然後再試一次。',
  },
  SSH_NEEDS_OPENSSH: {
    title: '{{host}} 需要系統的 OpenSSH',
    body: 'Chela 內建的 SSH 做不到：{{reason}}。',
    fix: '請在設定中選擇 OpenSSH 引擎。',
  },
  SSH_HOST_KEY_UNKNOWN: {
    title: '{{host}} 的主機金鑰尚未登錄',
    body: '它出示 {{keyType}} 金鑰 {{fingerprint}}。您的 SSH 設定（StrictHostKeyChecking yes）不允許未列在 known_hosts 的主機。',
    fix: '請把金鑰加入 known_hosts，或在設定中選擇嚴格的主機金鑰原則，讓 Chela 詢問您。',
  },
  SSH_HOST_KEY_DECLINED: {
    title: '未接受 {{host}} 的主機金鑰',
    body: '您選擇不信任 {{keyType}} 金鑰 {{fingerprint}}。',
    fix: '請在那台電腦上核對指紋後再試一次。',
  },
  SSH_HOST_KEY_CHANGED: {
    title: '{{host}} 的主機金鑰變了',
    body: '可能有人居中攔截，也可能是重新安裝過。已知：{{expected}}（{{file}} 第 {{line}} 行）。現在提供：{{fingerprint}}。',
    fix: '請核對兩個指紋。若確實更換過，請刪除 {{file}} 的第 {{line}} 行後再試一次。',
  },
  SSH_HOST_KEY_REVOKED: {
    title: '{{host}} 的主機金鑰已被撤銷',
    body: '{{file}} 第 {{line}} 行註明這把金鑰不再可信：{{fingerprint}}。',
    fix: '請向主機管理者索取新的金鑰。',
  },
  SSH_AUTH_REFUSED: {
    title: '{{host}} 不讓 {{user}} 登入',
    body: '已提供但遭拒：{{offered}}。',
    fix: '請在「設定」選擇正確的金鑰檔，或把您的公開金鑰加到那台主機。',
  },
  SSH_NO_KEY: {
    title: '沒有可以提供的 SSH 金鑰',
    body: 'SSH agent 裡沒有金鑰，~/.ssh 裡也沒有 id_ed25519、id_ecdsa 或 id_rsa。{{host}} 需要 {{user}} 的金鑰才能登入。',
    fix: '請在「設定」選擇金鑰檔，或用 ssh-keygen 建立一把。',
  },
  SSH_AUTH_CANCELLED: {
    title: '已取消登入 {{host}}',
    body: '{{host}} 向 {{user}} 提出的問題沒有得到回答。',
    fix: '請再試一次並回答問題。',
  },
  SSH_AUTH_UNSUPPORTED: {
    title: '{{host}} 要求的登入方式 Chela 沒有',
    body: '伺服器只接受：{{methods}}。',
    fix: '請在伺服器上為 {{user}} 允許 publickey、keyboard-interactive 或 password。',
  },
  SSH_AUTH_INCOMPLETE: {
    title: '{{host}} 還要 {{user}} 的另一項證明',
    body: '它接受了 {{accepted}}，接著又要求：{{methods}}。已經沒有別的可以提供了。',
    fix: '請把第二把金鑰加入 SSH agent 或 ~/.ssh/config，然後再試一次。',
  },
  SSH_IDENTITY_UNREADABLE: {
    title: '無法使用這個金鑰檔',
    body: '{{file}}：{{reason}}。',
    fix: '請在「設定」選擇私密金鑰檔。',
  },
  SSH_PASSPHRASE_CANCELLED: {
    title: '金鑰仍然鎖著',
    body: '沒有輸入 {{file}} 的密碼片語。',
    fix: '請再試一次並輸入密碼片語。',
  },
  OPENSSH_MISSING: {
    title: '這台電腦上沒有 OpenSSH',
    body: '「設定」中選擇的引擎需要系統的 ssh，但這裡找不到。',
    fix: '請在「設定」改用內建引擎，或安裝 OpenSSH 用戶端。',
  },
  OPENSSH_FAILED: {
    title: '系統的 ssh 無法完成連線',
    body: '它說：{{reason}}',
    fix: '請修正它指出的問題，然後再試一次。',
  },
  KNOWN_HOSTS_UNWRITABLE: {
    title: '無法記住主機金鑰',
    body: '無法寫入 {{file}}：{{reason}}。',
    fix: '請修正檔案權限，然後再試一次。',
  },
  FORWARD_NOTHING_LISTENING: {
    title: '{{host}} 的 {{port}} 連接埠上沒有 Gateway',
    body: 'SSH 正常，但那邊沒有程式在 {{port}} 連接埠等候。',
    fix: '請在 {{host}} 啟動 Gateway，或在「設定」中修正 Gateway 連接埠。',
  },
  FORWARD_PROHIBITED: {
    title: '{{host}} 不允許轉送',
    body: 'SSH 伺服器拒絕開啟通往 {{port}} 連接埠的通道。',
    fix: '請在它的 sshd_config 設定 AllowTcpForwarding yes。',
  },
  PORT_IN_USE: {
    title: '這台電腦的 {{port}} 連接埠已被占用',
    body: '有別的程式正在使用 127.0.0.1:{{port}}。',
    fix: '請結束該程式，或在「設定」中改用其他連接埠。',
  },
  PORT_IN_USE_BY: {
    title: '這台電腦的 {{port}} 連接埠已被占用',
    body: '{{command}}（行程 {{pid}}）正在使用 127.0.0.1:{{port}}。',
    fix: '請結束 {{command}}，或在「設定」中改用連接埠 {{suggestedPort}}。',
  },
  PORT_FORBIDDEN: {
    title: '無法開啟 {{port}} 連接埠',
    body: '系統不允許 Chela 使用 127.0.0.1:{{port}}。',
    fix: '請在「設定」中選擇 1023 以上的連接埠。',
  },
  PAGE_PORT_TAKEN: {
    title: 'Chela 這次改用另一個位址',
    body: '平常使用的 {{port}} 連接埠被別的程式占用了。先前的草稿和待送訊息都保留在那裡。',
    fix: '請結束該程式，再重新啟動 Chela：它會回到 {{port}} 連接埠，並帶走你在這裡寫的內容。',
  },
  PAGE_PORT_TAKEN_BY: {
    title: 'Chela 這次改用另一個位址',
    body: '{{command}}（行程 {{pid}}）占用了平常使用的 {{port}} 連接埠。先前的草稿和待送訊息都保留在那裡。',
    fix: '請結束 {{command}}，再重新啟動 Chela：它會回到 {{port}} 連接埠，並帶走你在這裡寫的內容。',
  },
  NOT_A_GATEWAY: {
    title: '{{port}} 連接埠上不是 Gateway',
    body: '有程式回應，但說的不是 Gateway 協定。',
    fix: '請在「設定」中修正 Gateway 連接埠。',
  },
  GATEWAY_UNREACHABLE: {
    title: 'Gateway 沒有回應',
    body: '{{reason}}',
    fix: '請確認 Gateway 正在執行，然後再試一次。',
  },
  GATEWAY_STARTING: {
    title: 'Gateway 還在啟動',
    body: '它有回應，但還沒準備好。',
    fix: 'Chela 會自動重試。',
  },
  GATEWAY_RESTARTING: {
    title: 'Gateway 正在重新啟動',
    body: '它在關閉連線前已經告知。',
    fix: '等它恢復後，Chela 會自動重新連線。',
  },
  GATEWAY_CLOSED: {
    title: 'Gateway 關閉了連線',
    body: '它說：{{reason}}（{{closeCode}}）。',
    fix: 'Chela 會自動重新連線，您也可以立即重試。',
  },
  GATEWAY_TOKEN_MISSING: {
    title: 'Gateway 需要權杖',
    body: '尚未為這個 Gateway 設定權杖。',
    fix: '請在「設定」輸入 Gateway 權杖。',
  },
  GATEWAY_TOKEN_MISMATCH: {
    title: 'Gateway 不接受這個權杖',
    body: '權杖與 Gateway 上設定的不同。',
    fix: '請在「設定」輸入正確的權杖，也就是主機上的 gateway.auth.token。',
  },
  GATEWAY_PASSWORD_MISMATCH: {
    title: 'Gateway 不接受這個密碼',
    body: '密碼未提供，或與 Gateway 上設定的不同。',
    fix: '請修正 openclaw.json 中的 gateway.remote.password。',
  },
  GATEWAY_PAIRING_REQUIRED: {
    title: '這台電腦需要先獲得核准',
    body: 'Gateway 上有一筆配對要求：{{requestId}}。',
    fix: '請在 Gateway 主機上執行：openclaw devices approve {{requestId}}',
  },
  PAIRING_NOT_APPROVED: {
    title: '沒有核准成功',
    body: 'Gateway 主機上的 openclaw 回應：{{reason}}。',
    fix: '請重新連線以取得新的配對請求，再核准那一個。',
  },
  OPENCLAW_MISSING_THERE: {
    title: '在 Gateway 主機上找不到 openclaw',
    body: '那裡的登入 shell 不認得這個指令，因此 Chela 無法替您核准請求。',
    fix: '請在那台電腦執行：openclaw devices approve {{requestId}}',
  },
  GATEWAY_PROTOCOL_MISMATCH: {
    title: 'Chela 與 Gateway 的版本不同',
    body: 'Chela 使用協定 {{ours}}，Gateway 使用 {{theirs}}。',
    fix: '請更新較舊的一方。',
  },
  GATEWAY_ORIGIN_REFUSED: {
    title: 'Gateway 拒絕了這個頁面',
    body: '它不接受來自 {{origin}} 的連線。',
    fix: '請把這個來源加入 Gateway 的 gateway.controlUi.allowedOrigins。',
  },
  GATEWAY_DEVICE_REFUSED: {
    title: 'Gateway 不接受這台電腦的身分',
    body: '它說：{{reason}}。兩台電腦的時鐘可能不一致。',
    fix: '請檢查兩邊的日期與時間，然後再試一次。',
  },
  CLOCK_SKEW: {
    title: '兩台電腦的時鐘不一致',
    body: '兩邊相差 {{seconds}} 秒，Gateway 因時間不符而拒絕了簽章。',
    fix: '請讓兩台電腦都透過網路校時，然後再試一次。',
  },
  GATEWAY_AUTH_REFUSED: {
    title: 'Gateway 拒絕登入',
    body: '它說：{{reason}}。',
    fix: '請在「設定」檢查憑證。',
  },
  GATEWAY_REQUEST_FAILED: {
    title: 'Gateway 無法完成這項要求',
    body: '它回答：{{reason}}。',
    fix: '請再試一次。',
  },
  GATEWAY_NOT_CONNECTED: {
    title: '無法向 Gateway 提出要求',
    body: '目前沒有連線，或連線在收到回應之前就中斷了。',
    fix: '請在 Chela 連線後再試一次。',
  },
  GATEWAY_SCOPE_MISSING: {
    title: 'Chela 在這個 Gateway 上沒有這項權限',
    body: '這需要 {{scope}} 權限，但這台電腦沒有獲得授權。',
    fix: '請向 Gateway 要求權限；可能需要有人在它的主機上核准。',
  },
  TRANSCRIPT_INCOMPLETE: {
    title: '沒有匯出任何內容',
    body: '無法讀到這個對話的開頭。',
    fix: '請在 Chela 連線後再試一次。',
  },
  MESSAGE_TAKEN_UP: {
    title: '這則訊息已不在等候',
    body: '代理程式已經開始處理這則訊息，無法收回。',
    fix: '請停止回答，或再寫一則訊息說明要改的地方。',
  },
  MESSAGE_ENDED: {
    title: '這則訊息沒有回答',
    body: '它在 Gateway 上還沒輪到就被停止，或是執行失敗。',
    fix: '請再傳送一次，或捨棄它。',
  },
  CONVERSATION_CHANGED: {
    title: '這個對話有了新的內容',
    body: '在您提出要求之後，這個對話又有了變動。',
    fix: '請先看看這個對話；如果還是要這麼做，請再要求一次。',
  },
  CONVERSATION_DELETED: {
    title: '這個對話已被刪除',
    body: '有其他視窗或裝置在 Gateway 上刪除了它。這裡還看得到的訊息，是 Chela 記得的內容。',
    fix: '請到其他對話繼續；在這裡傳送訊息，會重新開始這個對話。',
  },
  ARTIFACT_GONE: {
    title: 'Gateway 上已經沒有這個檔案',
    body: 'Gateway 上已經沒有這個檔案。',
    fix: '請 OpenClaw 再產生一次。',
  },
  ARTIFACT_TOO_LARGE: {
    title: '檔案太大，無法在這裡取得',
    body: '檔案超過 {{limit}} MB，也就是 Chela 取得檔案的上限。',
    fix: '請在 Gateway 所在的電腦上取得。',
  },
  ARTIFACT_FAILED: {
    title: '無法取得檔案',
    body: '無法從 Gateway 取得檔案（{{reason}}）。',
    fix: '請再試一次。',
  },
  GATEWAY_REQUEST_TIMEOUT: {
    title: 'Gateway 花了太久',
    body: '{{seconds}} 秒內沒有收到 {{method}} 的回應。',
    fix: '請再試一次。',
  },
  LOCAL_GATEWAY_CRASHED: {
    title: '這台電腦上的 Gateway 停止了',
    body: '它意外結束（{{reason}}）。',
    fix: 'Chela 會自動重新啟動，您也可以立即重試。',
  },
  LOCAL_GATEWAY_FAILED: {
    title: '這台電腦上的 Gateway 無法啟動',
    body: '{{reason}}。',
    fix: '請再試一次。',
  },
  SETTINGS_BROKEN: {
    title: '設定檔已損壞',
    body: 'Chela 以預設值啟動，原檔保留為 {{file}}。',
    fix: '請重新輸入設定，或修復該檔案。',
  },
  SETTINGS_UNWRITABLE: {
    title: '無法儲存設定',
    body: '{{file}}：{{reason}}。沒有任何變更。',
    fix: '請修正權限或清出空間，然後再儲存一次。',
  },
  FILE_NOT_OURS: {
    title: 'Chela 不會寫入 {{file}}',
    body: '它是符號連結，或屬於其他使用者。',
    fix: '請改放一個屬於您的一般檔案。',
  },
  DATABASE_DAMAGED: {
    title: '存放對話的檔案已損壞',
    body: '無法完整讀取 {{file}}（{{reason}}）。檔案內容未被更動，並已複製一份到 {{backup}}。',
    fix: '請移走 {{file}} 以建立新的空檔案，或以您自己的備份取代它，然後再試一次。',
  },
  DEVICE_FILE_BROKEN: {
    title: '這台電腦的身分檔案已損壞',
    body: 'Chela 已建立新的身分，損壞的檔案保留為 {{file}}。Gateway 可能會再次要求核准。',
    fix: '不需要其他動作。',
  },
  DEVICE_FILE_UNUSABLE: {
    title: '無法保存這台電腦的身分',
    body: '{{file}}：{{reason}}。',
    fix: '請修正權限或釋出空間，然後再試一次。',
  },
  BAD_REQUEST: {
    title: '這個值無效',
    body: '{{reason}}。',
    fix: '請修正後再試一次。',
  },
  NOT_AVAILABLE: {
    title: '目前無法使用',
    body: '{{reason}}。',
    fix: '請等 Chela 連上線。',
  },
  BRIDGE_CLOSED: {
    title: 'Chela 沒有回應這個頁面',
    body: '作業進行中，頁面與這台電腦上的 Chela 失去了連線。',
    fix: '頁面會自動重新連線，之後再試一次即可。',
  },
  APP_NOT_RUNNING: {
    title: 'Chela 沒有在執行',
    body: '沒有程式使用資料目錄 {{dataDir}}，因此沒有連線可以變更。',
    fix: '請啟動 Chela，或執行 chela connect。',
  },
  APP_MUTE: {
    title: '執行中的 Chela 沒有回應',
    body: '它還在執行，但沒有及時回答。',
    fix: '請再試一次；若仍沒有回應，請結束它再重新啟動。',
  },
  CONNECT_TIMEOUT: {
    title: '{{seconds}} 秒後仍未連上線',
    body: '連線仍在建立中。',
    fix: '請用 --timeout 等久一點，或執行 chela doctor。',
  },
  CONTROL_OTHER_VERSION: {
    title: '執行中的 Chela 版本不同',
    body: '它不認得這個指令的要求。',
    fix: '請結束它再重新啟動，讓兩者版本一致。',
  },
  STOPPED: {
    title: 'Chela 已停止',
    body: '作業進行中時程式關閉了。',
    fix: '請重新啟動 Chela。',
  },
  INTERNAL: {
    title: 'Chela 內部出了問題',
    body: '這是 Chela 自己的錯誤，您的資料沒有任何變更。',
    fix: '請再試一次；若再次發生，請回報。',
  },
  ...secretErrors,
  ...tunnelErrors,
};
