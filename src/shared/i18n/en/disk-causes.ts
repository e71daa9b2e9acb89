const write = {
  forbidden: 'permission denied',
  readOnly: 'the disk is read-only',
  full: 'the disk is full',
  notADirectory: 'a part of the path is no directory',
};

/** Why a file cannot be written; the keys of `core/disk-cause.ts`. */
export const diskCauses = { CONFIG_UNWRITABLE: write, LINK_UNWRITABLE: write };
