const causes: Readonly<Record<string, string>> = {
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EROFS: 'readOnly',
  ENOSPC: 'full',
  EDQUOT: 'full',
  ENOTDIR: 'notADirectory',
};

/** The `details` by which an errno of a write is said in words (`diskCauses` of the catalogues); none where there are none for it. */
export function diskCause(errno: string): { cause?: string } {
  const cause = causes[errno];
  return cause === undefined ? {} : { cause };
}
