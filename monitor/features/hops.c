/* Motion at the full rate to one row for each tenth of a second; plain.py is the same in Python.
 *
 * Built by hatch_build.py into hops.native, called through native.py.
 * The order of every sum is numpy's, so that both give the same bits.
 * Compile with -ffp-contract=off: results are to be the same on every machine.
 */
#include <math.h>
#include <stddef.h>

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

#define PI 3.141592653589793
#define TAN_PI_8 0.41421356237309503
#define G 9.80665 /* m/s^2; standard gravity, CGPM 1901 */
#define ABI 3     /* layout.py has the same number; raise both when a layout changes */

enum { PART = 200 }; /* samples smoothed at a time, to stay near */
enum { BRIDGED = 1 }; /* monitor.model.Origin */

/* What is remembered, all doubles; layout.py has the same. */
enum { Z = 0, LAST_LEAN = 6, BEGUN = 7, IN_HOP = 8, HELD = 9 };

/* Columns of a held sample. */
enum { UP = 0, LEAN = 3, RATE, TURN, VERTICAL, NORM, GYR_SQ, SETTLED, MEASURED, COLUMNS };

/* Columns of a row that is told, as monitor/model/features.py has them. */
enum {
    T_SAGITTAL, T_LEAN_MAX, T_LATERAL, T_INCLINATION, T_UP, T_RATE = 7, T_TURN, T_VERTICAL, T_NORM, T_NORM_SQ, T_NORM_MAX,
    T_GYR_SQ, T_GYR_MAX, T_VALID, T_LEAN_MIN, T_NORM_MIN, T_SETTLED, T_MEASURED, TOLD
};

EXPORT int abi(void) { return ABI; }

/* atan(r) / r as a polynomial in r * r, up to tan(pi / 8); plain.py says whence. */
static const double ATAN[] = {
    1.0, -0.3333333333333312, 0.19999999999940893, -0.14285714279250245, 0.11111110744919658,
    -0.09090896809064027, 0.07692045330902225, -0.06662951813629191, 0.05846878297330872,
    -0.05035102456601552, 0.03796525745386593, -0.017805397205419446,
};

/* atan2 by operations that round alike on every machine; no branch, so that many go at once. */
static inline double angle(double y, double x) {
    double a = fabs(y), b = fabs(x), least = a < b ? a : b, most = a < b ? b : a, found = 0.0;
    int steep = least > TAN_PI_8 * most;
    double over = steep ? least - most : least, under = steep ? least + most : most;
    double r = over / (under > 0.0 ? under : 1.0), t = r * r;
    for (int i = 11; i >= 0; i--) found = found * t + ATAN[i];
    found = found * r + (steep ? PI / 4.0 : 0.0);
    found = a > b ? PI / 2.0 - found : found;
    found = x < 0.0 ? PI - found : found;
    return copysign(found, y);
}

static inline double length(double x, double y) { return sqrt(x * x + y * y); }

/* The lean of n low-passed ups; k: b0 b1 b2 a1 a2. */
static void smooth(double *memory, const double *k, int forward_known, ptrdiff_t n,
                   const double *up, double *lean) {
    double low[3 * PART], *z = memory + Z;
    double z0[3] = {z[0], z[2], z[4]}, z1[3] = {z[1], z[3], z[5]};
    for (ptrdiff_t t = 0; t < n; t++)
        for (int i = 0; i < 3; i++) { /* side by side: each waits for the sample before */
            double x = up[3 * t + i], y = k[0] * x + z0[i];
            z0[i] = k[1] * x - k[3] * y + z1[i];
            z1[i] = k[2] * x - k[4] * y;
            low[3 * t + i] = y;
        }
    for (int i = 0; i < 3; i++) {
        z[2 * i] = z0[i];
        z[2 * i + 1] = z1[i];
    }
    if (forward_known)
        for (ptrdiff_t t = 0; t < n; t++) lean[t] = angle(-low[3 * t], low[3 * t + 2]);
    else
        for (ptrdiff_t t = 0; t < n; t++)
            lean[t] = angle(length(low[3 * t], low[3 * t + 1]), low[3 * t + 2]);
}

/* The sum of n values, `step` doubles apart, as numpy adds them. */
static double sum(const double *a, int n, int step) {
    if (n < 8) {
        double total = 0.0;
        for (int i = 0; i < n; i++) total += a[i * step];
        return total;
    }
    if (n <= 128) {
        double r[8];
        int i;
        for (i = 0; i < 8; i++) r[i] = a[i * step];
        for (i = 8; i < n - n % 8; i += 8)
            for (int j = 0; j < 8; j++) r[j] += a[(i + j) * step];
        double total = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
        for (; i < n; i++) total += a[i * step];
        return total;
    }
    int half = n / 2;
    half -= half % 8;
    return sum(a, half, step) + sum(a + half * step, n - half, step);
}

/* An angle's step within [-pi, pi). */
static double wrapped(double step) {
    double turned = step + PI;
    if (turned < 0.0 || turned >= 2.0 * PI) {
        turned = fmod(turned, 2.0 * PI);
        if (turned < 0.0) turned += 2.0 * PI;
    }
    return turned - PI;
}

/* `held`: the hop's samples; `squares` is room for as many doubles. */
static void tell(const double *held, int hop, int forward_known, double *squares, double *out) {
    double up[3] = {0.0, 0.0, 0.0}, n = hop;
    double fastest = held[RATE], loudest = held[GYR_SQ], settled = held[SETTLED];
    double lean_min = held[LEAN], lean_max = lean_min, norm_min = held[NORM], norm_max = norm_min;
    for (int t = 0; t < hop; t++) {
        const double *s = held + t * COLUMNS;
        for (int i = 0; i < 3; i++) up[i] += s[UP + i];
        if (s[LEAN] < lean_min) lean_min = s[LEAN];
        if (s[LEAN] > lean_max) lean_max = s[LEAN];
        if (s[NORM] < norm_min) norm_min = s[NORM];
        if (s[NORM] > norm_max) norm_max = s[NORM];
        if (s[GYR_SQ] > loudest) loudest = s[GYR_SQ];
        if (s[SETTLED] < settled) settled = s[SETTLED];
        if (fabs(s[RATE]) > fabs(fastest)) fastest = s[RATE];
        squares[t] = s[NORM] * s[NORM];
    }
    for (int i = 0; i < 3; i++) up[i] /= n;
    double size = sqrt(up[0] * up[0] + up[1] * up[1] + up[2] * up[2]);
    if (size < 1e-9) size = 1e-9;
    for (int i = 0; i < 3; i++) out[T_UP + i] = up[i] /= size;
    out[T_INCLINATION] = angle(length(up[0], up[1]), up[2]);
    out[T_SAGITTAL] = forward_known ? angle(-up[0], up[2]) : out[T_INCLINATION];
    out[T_LATERAL] = forward_known ? angle(up[1], length(up[0], up[2])) : 0.0;
    out[T_LEAN_MIN] = lean_min;
    out[T_LEAN_MAX] = lean_max;
    out[T_RATE] = fastest;
    out[T_TURN] = sum(held + TURN, hop, COLUMNS) / n;
    out[T_VERTICAL] = sum(held + VERTICAL, hop, COLUMNS) / n;
    out[T_NORM] = sum(held + NORM, hop, COLUMNS) / n;
    out[T_NORM_SQ] = sum(squares, hop, 1) / n;
    out[T_NORM_MIN] = norm_min;
    out[T_NORM_MAX] = norm_max;
    out[T_GYR_SQ] = sum(held + GYR_SQ, hop, COLUMNS) / n;
    out[T_GYR_MAX] = sqrt(loudest);
    out[T_SETTLED] = settled;
    out[T_MEASURED] = sum(held + MEASURED, hop, COLUMNS) / n;
    out[T_VALID] = out[T_SETTLED] * out[T_MEASURED];
}

/* Take n samples whose low-passed lean is known. */
static double *take(double *memory, ptrdiff_t hop, double rate_hz, int forward_known, ptrdiff_t n,
                    const double *lean, const double *up, const double *acc, const double *gyr,
                    const unsigned char *settled, const unsigned char *origin, double *out) {
    double *held = memory + HELD, *squares = held + hop * COLUMNS;
    double before = memory[BEGUN] ? memory[LAST_LEAN] : lean[0];
    ptrdiff_t in_hop = (ptrdiff_t)memory[IN_HOP];
    for (ptrdiff_t t = 0; t < n; t++, up += 3, acc += 3) {
        double *s = held + in_hop * COLUMNS, rate = wrapped(lean[t] - before) * rate_hz;
        before = lean[t];
        for (int i = 0; i < 3; i++) s[UP + i] = up[i];
        s[LEAN] = lean[t];
        s[RATE] = rate;
        s[VERTICAL] = (acc[0] * up[0] + acc[1] * up[1] + acc[2] * up[2]) - G;
        s[NORM] = sqrt(acc[0] * acc[0] + acc[1] * acc[1] + acc[2] * acc[2]);
        if (gyr) {
            s[TURN] = gyr[0] * up[0] + gyr[1] * up[1] + gyr[2] * up[2];
            s[GYR_SQ] = gyr[0] * gyr[0] + gyr[1] * gyr[1] + gyr[2] * gyr[2];
            gyr += 3;
        } else {
            s[TURN] = 0.0;
            s[GYR_SQ] = rate * rate;
        }
        s[SETTLED] = settled[t] ? 1.0 : 0.0;
        s[MEASURED] = origin[t] != BRIDGED;
        if (++in_hop == hop) {
            tell(held, (int)hop, forward_known, squares, out);
            out += TOLD;
            in_hop = 0;
        }
    }
    memory[LAST_LEAN] = before;
    memory[BEGUN] = 1.0;
    memory[IN_HOP] = (double)in_hop;
    return out;
}

/* Take n samples; `gyr` is null without a gyroscope. `out`: a row for each hop that they end.
 * `memory` holds HELD + hop * (COLUMNS + 1) doubles. */
EXPORT void describe(double *memory, const double *sections, ptrdiff_t hop, double rate_hz,
                     int forward_known, ptrdiff_t n, const double *up, const double *acc,
                     const double *gyr, const unsigned char *settled, const unsigned char *origin,
                     double *out) {
    double lean[PART];
    for (ptrdiff_t t = 0; t < n; t += PART) {
        ptrdiff_t part = n - t < PART ? n - t : PART;
        smooth(memory, sections, forward_known, part, up + 3 * t, lean);
        out = take(memory, hop, rate_hz, forward_known, part, lean, up + 3 * t, acc + 3 * t,
                   gyr ? gyr + 3 * t : gyr, settled + t, origin + t, out);
    }
}
