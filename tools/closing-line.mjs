/** A Jest reporter that ends the run with one line for people and scripts alike. */
export default class ClosingLine {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests }) {
    const skipped = numPendingTests === 0 ? '' : `, ${numPendingTests} skipped`;
    console.log(`${numPassedTests} passed, ${numFailedTests} failed${skipped}`);
  }
}
