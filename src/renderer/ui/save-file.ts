const readWithinMs = 60_000;

/** Gives a file to the browser as a download. Names a file system would refuse are made harmless. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name
    .replace(/[\p{Cc}\p{Cf}\\/:*?"<>|]+/gu, ' ')
    .trim()
    .slice(-120);
  link.click();
  // A busy browser reads it later than the press.
  setTimeout(() => URL.revokeObjectURL(url), readWithinMs);
}
