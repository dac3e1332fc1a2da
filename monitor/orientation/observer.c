/* Samples in sensor axes to body axes and the direction of up; plain.py is the same in Python.
 *
 * Built by hatch_build.py into observer.native, called through native.py.
 * The structures are those of layout.py, field by field, all of them doubles.
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
#define ABI 7 /* layout.py has the same number; raise both when a structure changes */
#define BEFORE 0.25 /* 1; plain.py */

enum { N = 9, GRAVITY = 0, VELOCITY = 3, BIAS = 6 };
enum { BRIDGED = 1 }; /* monitor.model.Origin */

typedef struct {
    double hop_s, velocity_decay_s, rate_noise, rate_noise_share, acc_noise;
    double bias_sigma, bias_wander, gravity_sigma, velocity_sigma;
    double velocity_floor, velocity_gain, velocity_cap_mps, activity_s, activity_high_pass_s;
    double start_s, start_noise;
    double slow_s, quiet_gyr, quiet_acc, quiet_rate, quiet_after_s, quiet_noise, surprise, turning;
    double rest_gyr, rest_acc, rest_after_s, rest_noise;
    double clipped_from, clipped_share, bridged_rate;
    double least_sigma_rad;
} Params;

typedef struct {
    double count, hops;
    double q[4];          /* inertial from sensor, wxyz */
    double x[N];          /* gravity, velocity (inertial), gyroscope bias (sensor) */
    double p[N][N];       /* their covariance */
    double up[3], sigma;  /* inertial direction of up and its standard deviation [rad] */
    double in_hop, sum_acc[3], sum_turn[9], sum_gyr[3], sum_rate_sq, lost_sq, loudest;
    double acc_slow[3], swing[3], activity;
    double gyr_low[3], acc_low[3], still_s;
    double gyr_last[3], gyr_top[3], clipped[3], bridged;
} State;

typedef struct {
    double turn_rate, acc_share, acc_floor, activity_s, norm_s, sway_s, sway_share;
} GravityParams;

typedef struct {
    double count, gravity[3], variance, activity, norm, acc_low[3], sway;
} GravityState;

/* fmin and fmax are calls, as they have to look for NaN; there is none here. */
static double smaller(double a, double b) { return a < b ? a : b; }
static double larger(double a, double b) { return a > b ? a : b; }

EXPORT int abi(void) { return ABI; }

/* Kalman update with a measurement of state `i` that differs from it by `y`. */
static void measure(State *s, int i, double y, double variance) {
    double scale = 1.0 / (s->p[i][i] + variance), row[N];
    for (int c = 0; c < N; c++) row[c] = s->p[i][c];
    for (int r = 0; r < N; r++) {
        double gain = row[r] * scale;
        s->x[r] += gain * y;
        for (int c = 0; c < N; c++) s->p[r][c] -= gain * row[c];
    }
}

/* Covariance over a hop of T seconds: bias turns gravity, gravity drives velocity. */
static void spread(State *s, const double turn[9], double T, double decay) {
    const double *g = s->x;
    double f[3][3];
    for (int c = 0; c < 3; c++) {
        f[0][c] = T * (g[2] * turn[3 + c] - g[1] * turn[6 + c]);
        f[1][c] = T * (g[0] * turn[6 + c] - g[2] * turn[c]);
        f[2][c] = T * (g[1] * turn[c] - g[0] * turn[3 + c]);
    }
    for (int c = 0; c < N; c++)
        for (int r = 0; r < 3; r++) {
            s->p[VELOCITY + r][c] = decay * s->p[VELOCITY + r][c] - T * s->p[r][c];
            s->p[r][c] += f[r][0] * s->p[BIAS][c] + f[r][1] * s->p[BIAS + 1][c] +
                          f[r][2] * s->p[BIAS + 2][c];
        }
    for (int r = 0; r < N; r++)
        for (int c = 0; c < 3; c++) {
            s->p[r][VELOCITY + c] = decay * s->p[r][VELOCITY + c] - T * s->p[r][c];
            s->p[r][c] += f[c][0] * s->p[r][BIAS] + f[c][1] * s->p[r][BIAS + 1] +
                          f[c][2] * s->p[r][BIAS + 2];
        }
}

/* Half the gravity error across up, as an angle. */
static void point_up(State *s, const Params *k) {
    const double *g = s->x;
    double norm = sqrt(g[0] * g[0] + g[1] * g[1] + g[2] * g[2]);
    double trace = s->p[0][0] + s->p[1][1] + s->p[2][2];
    if (norm < 1e-9) {
        s->up[0] = s->up[1] = 0.0;
        s->up[2] = 1.0;
        s->sigma = PI;
        return;
    }
    for (int i = 0; i < 3; i++) s->up[i] = g[i] / norm;
    s->sigma = smaller(PI, sqrt(trace / 2.0 / (norm * norm) +
                               k->least_sigma_rad * k->least_sigma_rad));
}

static void finish_hop(State *s, const Params *k, double dt) {
    double n = s->in_hop, T = n * dt, acc[3], turn[9], gyr[3];
    for (int i = 0; i < 3; i++) {
        acc[i] = s->sum_acc[i] / n;
        gyr[i] = s->sum_gyr[i] / n;
    }
    for (int i = 0; i < 9; i++) turn[i] = s->sum_turn[i] / n;
    double decay = exp(-T / k->velocity_decay_s);
    spread(s, turn, T, decay);
    double g[3] = {s->x[0], s->x[1], s->x[2]};
    for (int i = 0; i < 3; i++)
        s->x[VELOCITY + i] = decay * s->x[VELOCITY + i] + T * (acc[i] - g[i]);
    double lost = T * (k->rate_noise * k->rate_noise +
                       k->rate_noise_share * k->rate_noise_share * s->sum_rate_sq / n) +
                  s->lost_sq;
    double gg = g[0] * g[0] + g[1] * g[1] + g[2] * g[2];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) s->p[i][j] -= lost * g[i] * g[j];
        s->p[i][i] += lost * gg + 1e-9;
        s->p[VELOCITY + i][VELOCITY + i] += T * k->acc_noise * k->acc_noise;
        s->p[BIAS + i][BIAS + i] += T * k->bias_wander * k->bias_wander;
    }

    s->hops += 1.0;
    double blend = smaller(1.0, larger(T / k->activity_high_pass_s, 1.0 / s->hops));
    double keep = exp(-T / k->activity_high_pass_s), speed_sq = 0.0;
    for (int i = 0; i < 3; i++) {
        s->acc_slow[i] += blend * (acc[i] - s->acc_slow[i]);
        s->swing[i] = keep * s->swing[i] + T * (acc[i] - s->acc_slow[i]);
        speed_sq += s->swing[i] * s->swing[i];
    }
    speed_sq = smaller(speed_sq, k->velocity_cap_mps * k->velocity_cap_mps);
    s->activity += smaller(1.0, T / k->activity_s) * (speed_sq - s->activity);

    /* A turn about the vertical leaves gravity alone, so it is told from bias by size only. */
    int quiet = s->loudest < 1.0 && s->count * dt > k->quiet_after_s;
    double off[3], up[3], vertical = 0.0, known = 0.0, level_sq = 0.0;
    for (int i = 0; i < 3; i++) {
        up[i] = turn[i] * s->up[0] + turn[3 + i] * s->up[1] + turn[6 + i] * s->up[2];
        off[i] = s->gyr_low[i] - s->x[BIAS + i];
        vertical += off[i] * up[i];
    }
    for (int i = 0; i < 3; i++) {
        level_sq += (off[i] - vertical * up[i]) * (off[i] - vertical * up[i]);
        for (int j = 0; j < 3; j++) known += up[i] * s->p[BIAS + i][BIAS + j] * up[j];
    }
    int turning = fabs(vertical) > 3.0 * sqrt(larger(0.0, known)) + k->turning;
    if (quiet && level_sq > k->surprise * k->surprise)
        for (int i = 0; i < 3; i++) {
            double level = off[i] - vertical * up[i];
            s->p[BIAS + i][BIAS + i] = larger(s->p[BIAS + i][BIAS + i], level * level);
        }
    double variance = (k->velocity_floor + k->velocity_gain * s->activity) / T;
    for (int i = 0; i < 3; i++) measure(s, VELOCITY + i, -s->x[VELOCITY + i], variance);
    if (s->count * dt < k->start_s)
        for (int i = 0; i < 3; i++) measure(s, i, acc[i] - s->x[i], k->start_noise / T);
    if (!turning && s->still_s > k->rest_after_s)
        for (int i = 0; i < 3; i++)
            measure(s, BIAS + i, s->gyr_low[i] - s->x[BIAS + i], k->rest_noise * k->rest_noise / T);
    else if (!turning && quiet)
        for (int i = 0; i < 3; i++)
            measure(s, BIAS + i, gyr[i] - s->x[BIAS + i], k->quiet_noise * k->quiet_noise / T);
    for (int r = 0; r < N; r++)
        for (int c = 0; c < r; c++) s->p[r][c] = s->p[c][r] = 0.5 * (s->p[r][c] + s->p[c][r]);

    double unit = 1.0 / sqrt(s->q[0] * s->q[0] + s->q[1] * s->q[1] + s->q[2] * s->q[2] +
                             s->q[3] * s->q[3]);
    for (int i = 0; i < 4; i++) s->q[i] *= unit;
    point_up(s, k);
    s->in_hop = s->sum_rate_sq = s->lost_sq = s->loudest = 0.0;
    for (int i = 0; i < 3; i++) s->sum_acc[i] = s->sum_gyr[i] = 0.0;
    for (int i = 0; i < 9; i++) s->sum_turn[i] = 0.0;
}

static void begin(State *s, const Params *k, const double acc[3]) {
    s->q[0] = 1.0;
    for (int i = 0; i < 3; i++) {
        s->x[i] = acc[i];
        s->p[i][i] = k->gravity_sigma * k->gravity_sigma;
        s->p[VELOCITY + i][VELOCITY + i] = k->velocity_sigma * k->velocity_sigma;
        s->p[BIAS + i][BIAS + i] = k->bias_sigma * k->bias_sigma;
    }
    point_up(s, k);
}

/* Squared angle lost in a sample whose rate is not known: an error that lasts `run` samples. */
static double lost(double rate, double run, double dt) {
    return rate * rate * dt * dt * (2.0 * run - 1.0);
}

/* What is not known of the rotation: samples at the end of the range, and interpolated ones. */
static void note_lost(State *s, const Params *k, const double gyr[3], int bridged, double dt) {
    for (int i = 0; i < 3; i++) {
        double size = fabs(gyr[i]);
        if (gyr[i] == s->gyr_last[i] && size >= s->gyr_top[i] && size > k->clipped_from) {
            s->clipped[i] += 1.0;
            s->lost_sq += lost(k->clipped_share * size, s->clipped[i], dt);
        } else {
            s->clipped[i] = 0.0;
        }
        s->gyr_top[i] = larger(s->gyr_top[i], size);
        s->gyr_last[i] = gyr[i];
    }
    s->bridged = bridged ? s->bridged + 1.0 : 0.0;
    if (bridged) s->lost_sq += lost(k->bridged_rate, s->bridged, dt);
}

/* How far the signals stray from their own slow average. */
static void note_stillness(State *s, const Params *k, const double gyr[3], const double acc[3],
                           double dt) {
    double blend = smaller(1.0, larger(dt / k->slow_s, 1.0 / s->count));
    double off_gyr = 0.0, off_acc = 0.0, rate = 0.0;
    for (int i = 0; i < 3; i++) {
        s->gyr_low[i] += blend * (gyr[i] - s->gyr_low[i]);
        s->acc_low[i] += blend * (acc[i] - s->acc_low[i]);
        off_gyr += (gyr[i] - s->gyr_low[i]) * (gyr[i] - s->gyr_low[i]);
        off_acc += (acc[i] - s->acc_low[i]) * (acc[i] - s->acc_low[i]);
        rate = larger(rate, fabs(s->gyr_low[i]));
    }
    int still = off_gyr < k->rest_gyr * k->rest_gyr && off_acc < k->rest_acc * k->rest_acc &&
                rate < k->quiet_rate;
    s->still_s = still ? s->still_s + dt : 0.0;
    double loud = larger(off_gyr / (k->quiet_gyr * k->quiet_gyr),
                       off_acc / (k->quiet_acc * k->quiet_acc));
    s->loudest = larger(s->loudest, larger(loud, rate / k->quiet_rate));
}

static void turn_by(double q[4], const double w[3], double dt) {
    double h = 0.5 * dt, hh = h * h * (w[0] * w[0] + w[1] * w[1] + w[2] * w[2]), c, sinc;
    if (hh < 0.01) { /* series, wrong by less than 1e-13 */
        c = 1.0 - hh / 2.0 * (1.0 - hh / 12.0 * (1.0 - hh / 30.0 * (1.0 - hh / 56.0)));
        sinc = 1.0 - hh / 6.0 * (1.0 - hh / 20.0 * (1.0 - hh / 42.0));
    } else {
        double angle = sqrt(hh);
        c = cos(angle);
        sinc = sin(angle) / angle;
    }
    double a = sinc * h * w[0], b = sinc * h * w[1], d = sinc * h * w[2];
    double q0 = q[0], q1 = q[1], q2 = q[2], q3 = q[3];
    q[0] = q0 * c - q1 * a - q2 * b - q3 * d;
    q[1] = q0 * a + q1 * c + q2 * d - q3 * b;
    q[2] = q0 * b - q1 * d + q2 * c + q3 * a;
    q[3] = q0 * d + q1 * b - q2 * a + q3 * c;
}

static void matrix(const double q[4], double r[9]) {
    double w = q[0], x = q[1], y = q[2], z = q[3];
    r[0] = 1.0 - 2.0 * (y * y + z * z);
    r[1] = 2.0 * (x * y - w * z);
    r[2] = 2.0 * (x * z + w * y);
    r[3] = 2.0 * (x * y + w * z);
    r[4] = 1.0 - 2.0 * (x * x + z * z);
    r[5] = 2.0 * (y * z - w * x);
    r[6] = 2.0 * (x * z - w * y);
    r[7] = 2.0 * (y * z + w * x);
    r[8] = 1.0 - 2.0 * (x * x + y * y);
}

/* Mean rate since the sample before; plain._since. */
static void since(const State *s, const double rate[3], double dt, double mean[3]) {
    double last[3];
    for (int i = 0; i < 3; i++)
        last[i] = s->count > 1.0 ? s->gyr_last[i] - s->x[BIAS + i] : rate[i];
    double cone[3] = {last[1] * rate[2] - last[2] * rate[1], last[2] * rate[0] - last[0] * rate[2],
                      last[0] * rate[1] - last[1] * rate[0]};
    for (int i = 0; i < 3; i++)
        mean[i] = rate[i] + BEFORE * (last[i] - rate[i]) + dt / 12.0 * cone[i];
}

static void rotate(const double m[9], const double v[3], double out[3]) {
    for (int i = 0; i < 3; i++) out[i] = v[0] * m[3 * i] + v[1] * m[3 * i + 1] + v[2] * m[3 * i + 2];
}

/* n samples: `acc`, `gyr` (n, 3) and `origin` (n) in; plain.observe. `out` takes four results:
 * up, acc and gyr in body axes (n, 3), and the standard deviation of up (n).
 * Returns 0, and has done nothing, where some rate is no number. */
EXPORT int observe(State *s, const Params *k, const double body_from_sensor[9], double rate_hz,
                   ptrdiff_t n, const double *acc, const double *gyr, const unsigned char *origin,
                   double *out) {
    double *up = out, *acc_out = up + 3 * n, *gyr_out = acc_out + 3 * n, *sigma = gyr_out + 3 * n;
    int missing = 0;
    for (ptrdiff_t i = 0; i < 3 * n; i++) missing |= gyr[i] != gyr[i];
    if (missing) return 0;
    double dt = 1.0 / rate_hz, hop = larger(1.0, rint(k->hop_s * rate_hz));
    for (ptrdiff_t t = 0; t < n; t++, acc += 3, gyr += 3, up += 3, acc_out += 3, gyr_out += 3) {
        double rate[3], mean[3], turn[9], up_sensor[3];
        if (s->count == 0.0) begin(s, k, acc);
        s->count += 1.0;
        for (int i = 0; i < 3; i++) rate[i] = gyr[i] - s->x[BIAS + i];
        since(s, rate, dt, mean);
        note_lost(s, k, gyr, origin[t] == BRIDGED, dt);
        note_stillness(s, k, gyr, acc, dt);
        turn_by(s->q, mean, dt);
        matrix(s->q, turn);
        for (int i = 0; i < 3; i++) {
            s->sum_acc[i] += turn[3 * i] * acc[0] + turn[3 * i + 1] * acc[1] + turn[3 * i + 2] * acc[2];
            s->sum_gyr[i] += gyr[i];
        }
        for (int i = 0; i < 9; i++) s->sum_turn[i] += turn[i];
        s->sum_rate_sq += rate[0] * rate[0] + rate[1] * rate[1] + rate[2] * rate[2];
        s->in_hop += 1.0;
        if (s->in_hop >= hop) finish_hop(s, k, dt);
        for (int i = 0; i < 3; i++)
            up_sensor[i] = turn[i] * s->up[0] + turn[3 + i] * s->up[1] + turn[6 + i] * s->up[2];
        rotate(body_from_sensor, up_sensor, up);
        rotate(body_from_sensor, acc, acc_out);
        rotate(body_from_sensor, rate, gyr_out);
        sigma[t] = s->sigma;
    }
    return 1;
}

/* Without a gyroscope: `acc` (n, 3) in; plain.feel. `out` takes the same, but no
 * rate: its place is left as it is. */
EXPORT void feel(GravityState *s, const GravityParams *k, const double body_from_sensor[9],
                 double rate_hz, ptrdiff_t n, const double *acc, double *out) {
    double *up = out, *acc_out = up + 3 * n, *sigma = acc_out + 6 * n; /* as `observe` has them */
    double dt = 1.0 / rate_hz;
    for (ptrdiff_t t = 0; t < n; t++, acc += 3, up += 3, acc_out += 3) {
        double norm = sqrt(acc[0] * acc[0] + acc[1] * acc[1] + acc[2] * acc[2]), unit[3];
        if (s->count == 0.0) {
            for (int i = 0; i < 3; i++) s->gravity[i] = acc[i];
            s->variance = 1.0;
        }
        s->count += 1.0;
        s->norm += smaller(1.0, larger(dt / k->norm_s, 1.0 / s->count)) * (norm - s->norm);
        double off = norm - s->norm, sway = 0.0;
        double slow = smaller(1.0, larger(dt / k->sway_s, 1.0 / s->count));
        double blend = smaller(1.0, larger(dt / k->activity_s, 1.0 / s->count));
        for (int i = 0; i < 3; i++) {
            s->acc_low[i] += slow * (acc[i] - s->acc_low[i]);
            sway += (acc[i] - s->acc_low[i]) * (acc[i] - s->acc_low[i]);
        }
        s->activity += blend * (off * off - s->activity);
        s->sway += blend * (sway - s->sway);
        s->variance += k->turn_rate * k->turn_rate * s->norm * s->norm * dt;
        double gain =
            s->variance / (s->variance + (k->acc_floor + k->acc_share * s->activity) / dt + 1e-12);
        for (int i = 0; i < 3; i++) s->gravity[i] += gain * (acc[i] - s->gravity[i]);
        s->variance *= 1.0 - gain;
        double size = sqrt(s->gravity[0] * s->gravity[0] + s->gravity[1] * s->gravity[1] +
                           s->gravity[2] * s->gravity[2]);
        for (int i = 0; i < 3; i++) unit[i] = size > 1e-9 ? s->gravity[i] / size : i == 2;
        rotate(body_from_sensor, unit, up);
        rotate(body_from_sensor, acc, acc_out);
        sigma[t] = s->norm > 1e-9
                       ? smaller(PI, sqrt(s->variance + s->activity + k->sway_share * s->sway) / s->norm)
                       : PI;
    }
}

/* Means and standard deviations, both (count, 3), of `count` stretches of `hop` rows of three;
 * halves.plain. */
EXPORT void halves(const double *rows, ptrdiff_t count, ptrdiff_t hop, double *means,
                   double *deviations) {
    double n = (double)hop;
    for (; count > 0; count--, rows += 3 * hop, means += 3, deviations += 3) {
        double mean[3] = {0.0, 0.0, 0.0}, square[3] = {0.0, 0.0, 0.0};
        for (ptrdiff_t t = 0; t < hop; t++)
            for (int i = 0; i < 3; i++) mean[i] += rows[3 * t + i];
        for (int i = 0; i < 3; i++) mean[i] /= n;
        for (ptrdiff_t t = 0; t < hop; t++)
            for (int i = 0; i < 3; i++) {
                double off = rows[3 * t + i] - mean[i];
                square[i] += off * off;
            }
        for (int i = 0; i < 3; i++) {
            means[i] = mean[i];
            deviations[i] = sqrt(square[i] / n);
        }
    }
}

/* Adds to `counts` how many of n vectors (n, 3) lie along each of m, given as (3, m): with a
 * product of more than `least`; halves.crowd. */
EXPORT void crowd(const double *vectors, ptrdiff_t n, const double *along, ptrdiff_t m,
                  double least, double *counts) {
    const double *x = along, *y = x + m, *z = y + m;
    for (; n > 0; n--, vectors += 3) {
        double a = vectors[0], b = vectors[1], c = vectors[2];
        for (ptrdiff_t j = 0; j < m; j++)
            counts[j] += a * x[j] + b * y[j] + c * z[j] > least ? 1.0 : 0.0;
    }
}
