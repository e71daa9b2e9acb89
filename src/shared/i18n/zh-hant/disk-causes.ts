const write = {
  forbidden: '權限不足',
  readOnly: '磁碟是唯讀的',
  full: '磁碟已滿',
  notADirectory: '路徑中有一部分不是目錄',
};

/** Why a file cannot be written; the keys of `core/disk-cause.ts`. */
export const diskCauses = { CONFIG_UNWRITABLE: write, LINK_UNWRITABLE: write };
