export default {
  providers: [
    {
      type: "customJwt",
      issuer: process.env.AUTH_ISSUER!,
      jwks: process.env.AUTH_JWKS!,
      applicationID: process.env.AUTH_AUDIENCE!,
      algorithm: "ES256",
    },
  ],
};
