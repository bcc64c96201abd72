/** For Cube's stock client in the browser: answers that are pushed. */
export { CubeTransport, type CubeTransportApi, type CubeTransportOptions } from "./transport.js";
