/* Codes by the camera: the browser's own detector where there is one, else a decoder of ours. Nothing leaves the device. */

const EVERY = 140; // milliseconds between two looks
const WIDEST = 800; // pixels that are looked at; more takes longer and finds no more
const AGAIN = 4000; // the same code is told once in so many milliseconds

let own = null;

const decoderOf = async (address) => {
  own ??= (await import(address)).decodeQR;
  return own;
};

/* What stands in the code on a picture, or "". */
export const read = async (image, address) => {
  if ("BarcodeDetector" in globalThis) {
    try {
      const found = await new globalThis.BarcodeDetector({ formats: ["qr_code"] }).detect(image);
      if (found.length) return found[0].rawValue;
      return "";
    } catch { /* it is there by name only, as on some systems */ }
  }
  const decode = await decoderOf(address);
  const width = image.videoWidth || image.naturalWidth || image.width;
  const height = image.videoHeight || image.naturalHeight || image.height;
  if (!width || !height) return "";
  const scale = Math.min(1, WIDEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  try {
    return decode(pen.getImageData(0, 0, canvas.width, canvas.height));
  } catch {
    return ""; // no code on it
  }
};

/* Look through the camera until `stop` is called; `told` gets each code. Rejects where there is no camera, or it is refused. */
export const look = async (video, address, told) => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  let running = true;
  let last = "";
  let lastAt = 0;
  (async () => {
    while (running) {
      const text = video.readyState >= 2 ? await read(video, address) : "";
      const now = performance.now();
      if (text && (text !== last || now - lastAt > AGAIN)) {
        last = text;
        told(text);
      }
      if (text) lastAt = now;
      await new Promise((resume) => { setTimeout(resume, EVERY); });
    }
  })();
  return () => {
    running = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    video.hidden = true;
  };
};
