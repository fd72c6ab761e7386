export default async function stopBroker(): Promise<void> {
  await globalThis.stopTestBroker?.();
}
