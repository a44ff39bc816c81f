/* Metres on the WGS 84 ellipsoid: along a geodesic, and on a plane true to scale in its middle. */

const EQUATOR_M = 6378137;
const FLATTENING = 1 / 298.257223563;
const POLE_M = EQUATOR_M * (1 - FLATTENING);
const RADIANS = Math.PI / 180;

/**
 * Metres of the geodesic between two places (Vincenty 1975, inverse).
 * @param {number} lon1 degrees, as all of them
 * @param {number} lat1
 * @param {number} lon2
 * @param {number} lat2
 * @returns {number}
 */
export function geodesicMetres(lon1, lat1, lon2, lat2) {
  if (lon1 === lon2 && lat1 === lat2) return 0;
  const apart = (lon2 - lon1) * RADIANS;
  const tan1 = (1 - FLATTENING) * Math.tan(lat1 * RADIANS), cos1 = 1 / Math.sqrt(1 + tan1 * tan1), sin1 = tan1 * cos1;
  const tan2 = (1 - FLATTENING) * Math.tan(lat2 * RADIANS), cos2 = 1 / Math.sqrt(1 + tan2 * tan2), sin2 = tan2 * cos2;
  let lambda = apart, sinSigma = 0, cosSigma = 1, sigma = 0, cosSqAlpha = 1, cos2Middle = 0;
  for (let round = 0; round < 50; round++) {
    const sinL = Math.sin(lambda), cosL = Math.cos(lambda);
    sinSigma = Math.hypot(cos2 * sinL, cos1 * sin2 - sin1 * cos2 * cosL);
    if (sinSigma === 0) return 0;
    cosSigma = sin1 * sin2 + cos1 * cos2 * cosL;
    sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (cos1 * cos2 * sinL) / sinSigma;
    cosSqAlpha = 1 - sinAlpha * sinAlpha;
    cos2Middle = cosSqAlpha > 0 ? cosSigma - (2 * sin1 * sin2) / cosSqAlpha : 0;
    const c = (FLATTENING / 16) * cosSqAlpha * (4 + FLATTENING * (4 - 3 * cosSqAlpha));
    const before = lambda;
    lambda = apart + (1 - c) * FLATTENING * sinAlpha *
      (sigma + c * sinSigma * (cos2Middle + c * cosSigma * (2 * cos2Middle * cos2Middle - 1)));
    if (Math.abs(lambda - before) < 1e-15) break;
  }
  const uSq = (cosSqAlpha * (EQUATOR_M * EQUATOR_M - POLE_M * POLE_M)) / (POLE_M * POLE_M);
  const a = 1 + (uSq / 16384) * (4096 + uSq * (-768 + uSq * (320 - 175 * uSq)));
  const b = (uSq / 1024) * (256 + uSq * (-128 + uSq * (74 - 47 * uSq)));
  const turn = 2 * cos2Middle * cos2Middle - 1;
  const correction = b * sinSigma * (cos2Middle + (b / 4) * (cosSigma * turn -
    (b / 6) * cos2Middle * (4 * sinSigma * sinSigma - 3) * (4 * cos2Middle * cos2Middle - 3)));
  return POLE_M * a * (sigma - correction);
}

const N = FLATTENING / (2 - FLATTENING);
const ECCENTRICITY = Math.sqrt(FLATTENING * (2 - FLATTENING));
const RECTIFYING_M = (EQUATOR_M / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64 + N ** 6 / 256);
/* Karney 2011, "Transverse Mercator with an accuracy of a few nanometers", eq. 35. */
const ALPHA = [
  N / 2 - (2 / 3) * N ** 2 + (5 / 16) * N ** 3 + (41 / 180) * N ** 4 - (127 / 288) * N ** 5 + (7891 / 37800) * N ** 6,
  (13 / 48) * N ** 2 - (3 / 5) * N ** 3 + (557 / 1440) * N ** 4 + (281 / 630) * N ** 5 - (1983433 / 1935360) * N ** 6,
  (61 / 240) * N ** 3 - (103 / 140) * N ** 4 + (15061 / 26880) * N ** 5 + (167603 / 181440) * N ** 6,
  (49561 / 161280) * N ** 4 - (179 / 168) * N ** 5 + (6601661 / 7257600) * N ** 6,
  (34729 / 80640) * N ** 5 - (3418889 / 1995840) * N ** 6,
  (212378941 / 319334400) * N ** 6,
];

/**
 * The plane of a city: a transverse Mercator projection with scale 1 on its central meridian.
 * @param {number} lon0 degrees of its origin
 * @param {number} lat0
 * @returns {(lon: number, lat: number) => [number, number]} degrees → metres east and north
 */
export function transverseMercator(lon0, lat0) {
  const [, north] = raw(0, lat0 * RADIANS);
  return (lon, lat) => {
    const [x, y] = raw((lon - lon0) * RADIANS, lat * RADIANS);
    return [x, y - north];
  };
}

/** @param {number} lambda @param {number} phi @returns {[number, number]} */
function raw(lambda, phi) {
  const tau = Math.tan(phi), secant = Math.hypot(1, tau);
  const sigma = Math.sinh(ECCENTRICITY * Math.atanh((ECCENTRICITY * tau) / secant));
  const conformal = tau * Math.hypot(1, sigma) - sigma * secant;
  const xi = Math.atan2(conformal, Math.cos(lambda));
  const eta = Math.asinh(Math.sin(lambda) / Math.hypot(conformal, Math.cos(lambda)));
  let x = eta, y = xi;
  for (let j = 1; j <= 6; j++) {
    x += ALPHA[j - 1] * Math.cos(2 * j * xi) * Math.sinh(2 * j * eta);
    y += ALPHA[j - 1] * Math.sin(2 * j * xi) * Math.cosh(2 * j * eta);
  }
  return [RECTIFYING_M * x, RECTIFYING_M * y];
}
