/** Reads a file that was chosen, as it travels to the playground: {name, content} with the bytes in base64, or {error}. */

const LARGEST = 10 * 1024 * 1024;
const CHUNK = 0x8000; // as many bytes as may be passed as arguments at once

export async function readFile(file) {
  if (file.size > LARGEST) return { error: `${file.name} is larger than 10 MB.` };
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK) binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return { name: file.name, content: btoa(binary) };
}
