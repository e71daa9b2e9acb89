import { cliCauses } from './cli-errors.ts';
import { configCauses } from './config-errors.ts';
import { diskCauses } from './disk-causes.ts';
import { gatewayTlsCauses } from './gateway-tls.ts';
import { secretCauses } from './secret-errors.ts';
import { tunnelCauses } from './tunnel-errors.ts';

export const causes = {
  ...configCauses,
  ...cliCauses,
  ...diskCauses,
  ...gatewayTlsCauses,
  SSH_CLOSED: {
    closed: '伺服器關閉了連線。',
    reset: '連線在途中被切斷。',
    silent: '伺服器不再回應。',
  },
  SSH_BUSY: {
    full: '正在登入的連線太多了（MaxStartups）。',
    penalty: '因先前嘗試失敗，它暫時不接受這個位址。',
    silent: '它沒有說明原因；通常是連線太多（MaxStartups），或不接受這個位址。',
  },
  SSH_CONFIG_INVALID: {
    loop: '跳板主機互相繞圈，或數量太多。',
    jump: '跳板主機的寫法不是 user@host:port。',
  },
  SSH_NEEDS_OPENSSH: {
    postQuantum: '伺服器只提供後量子金鑰交換（{{algorithms}}）',
    securityKey: '金鑰存放在實體安全金鑰（FIDO）上',
    certificate: '金鑰使用 OpenSSH 憑證',
    pkcs11: '金鑰存放在智慧卡（PKCS#11）上',
    gssapi: '伺服器要求 Kerberos（GSSAPI）',
    proxyFdpass: '代理指令會轉交 socket（ProxyUseFdpass）',
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
    systemFile: '舊金鑰位於整台電腦共用的檔案，只有管理員能修改',
    noFile: 'SSH 設定沒有指定 known hosts 檔案',
    readOnly: '磁碟是唯讀的',
    full: '磁碟已滿',
  },
  ...secretCauses,
  ...tunnelCauses,
  GATEWAY_UNREACHABLE: {
    refused: '{{url}} 上沒有任何程式在等候連線。',
    noRoute: '從這裡沒有網路可以通到 {{url}}。',
    silent: '{{url}} 沒有及時傳回任何回應。',
    closed: '通往 {{url}} 的連線在 Gateway 打招呼之前就關閉了。',
  },
};
