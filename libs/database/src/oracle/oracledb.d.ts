// The package has no types; what is used of it is in oracle-driver.ts.
declare module "oracledb" {
  const driver: unknown;
  export default driver;
}
