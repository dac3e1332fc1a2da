/* Hops to what each half second shows before anything is decided; plain.py is the same in Python.
 *
 * Built by hatch_build.py into senses.native, called through native.py.
 * Sums are taken in numpy's order where plain.py takes a mean, from left to right elsewhere.
 * Compile with -ffp-contract=off: results are to be the same on every machine.
 */
#include <math.h>
#include <stddef.h>

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

#define ABI 2 /* layout.py has the same number; raise both when a layout changes */

/* Columns of a row of the history, as history.py has them. */
enum { SAGITTAL = 0, LATERAL = 2, INCLINATION = 3, UP = 4, VERTICAL = 9, NORM = 10 };
enum { NORM_SQ = 11, NORM_MAX = 12, GYR_SQ = 13, VALID = 15, COLUMNS = 16 };

/* Columns of what a block shows, of what was found, and kinds of that; layout.py has the same. */
enum {
    S_WALKING, S_VALID, S_GYR_SQ, S_GYR_SQ_MAX, S_INCLINATION, S_LEAN, S_LEAN_LONG, S_LEAN_MAX,
    S_NORM_MAX, S_LEVEL_INCLINATION, S_LEVEL_LEAN, S_LEAN_PAIR, S_LEAN_SECOND, S_UP_SECOND,
    S_MOVING = 16, S_RESTED, SHOWN
};
enum { F_KIND, F_BLOCK, F_START, F_STOP, F_KNOWN, FOUND };
enum { BURST, MOVEMENT };

/* senses.numbers fills it. */
typedef struct {
    double hop_s, block;
    double gait_window, gait_recent, gait_recent_sd, gait_variance, regularity, regularity_on;
    double lag_min, lag_max;
    double rms_hops, calm_hops, open_mps2, close_mps2, calm_variance, longest_s, quiet_gain;
    double rest_window, rest_hops, long_rest_hops, gyr_limit, acc_limit, on_level, tilted;
    double shortest_s;
    double window, valid_window, level_window, level_window_first, second;
} Params;

typedef struct {
    double walking;
    double quiet_mps2, opened;                      /* NaN for none */
    double calm, quiet, level, up[3], rested, moving; /* moving: NaN for none */
} Memory;

/* Rows of hops from `first`. */
typedef struct {
    const double *rows;
    ptrdiff_t first;
} History;

EXPORT int abi(void) { return ABI; }

static const double *at(const History *h, ptrdiff_t hop, int column) {
    return h->rows + (hop - h->first) * COLUMNS + column;
}

/* The sum of n values, `step` doubles apart, as numpy adds them. */
static double sum(const double *a, ptrdiff_t n, ptrdiff_t step) {
    if (n < 8) {
        double total = 0.0;
        for (ptrdiff_t i = 0; i < n; i++) total += a[i * step];
        return total;
    }
    if (n <= 128) {
        double r[8];
        ptrdiff_t i;
        for (i = 0; i < 8; i++) r[i] = a[i * step];
        for (i = 8; i < n - n % 8; i += 8)
            for (int j = 0; j < 8; j++) r[j] += a[(i + j) * step];
        double total = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
        for (; i < n; i++) total += a[i * step];
        return total;
    }
    ptrdiff_t half = n / 2;
    half -= half % 8;
    return sum(a, half, step) + sum(a + half * step, n - half, step);
}

/* The first of the `hops` hops before `stop`, as far as there are any. */
static ptrdiff_t back(const History *h, ptrdiff_t stop, double hops) {
    ptrdiff_t start = stop - (ptrdiff_t)hops;
    return start > h->first ? start : h->first;
}

static double mean(const History *h, ptrdiff_t start, ptrdiff_t stop, int column) {
    return sum(at(h, start, column), stop - start, COLUMNS) / (double)(stop - start);
}

static double largest(const History *h, ptrdiff_t start, ptrdiff_t stop, int column) {
    double found = *at(h, start, column);
    for (ptrdiff_t hop = start + 1; hop < stop; hop++)
        if (*at(h, hop, column) > found) found = *at(h, hop, column);
    return found;
}

/* gait.walking; `room` holds two windows. */
static int walking(const Params *k, const History *h, ptrdiff_t stop, int before, double *room) {
    ptrdiff_t n = (ptrdiff_t)k->gait_window, start = back(h, stop, k->gait_window);
    if (stop - start < n) return 0;
    ptrdiff_t recent = back(h, stop, k->gait_recent);
    double level = mean(h, recent, stop, NORM);
    double spread = mean(h, recent, stop, NORM_SQ) - level * level;
    if (sqrt(spread > 0.0 ? spread : 0.0) < k->gait_recent_sd) return 0;
    level = mean(h, start, stop, NORM);
    if (mean(h, start, stop, NORM_SQ) - level * level < k->gait_variance) return 0;
    double *x = room, *product = room + n, power, best = -INFINITY;
    for (ptrdiff_t i = 0; i < n; i++) {
        x[i] = *at(h, start + i, NORM) - level;
        product[i] = x[i] * x[i];
    }
    power = sum(product, n, 1) / (double)n;
    if (power <= 0.0) return 0;
    for (ptrdiff_t lag = (ptrdiff_t)k->lag_min; lag <= (ptrdiff_t)k->lag_max; lag++) {
        for (ptrdiff_t i = 0; i < n - lag; i++) product[i] = x[i] * x[i + lag];
        double alike = sum(product, n - lag, 1) / (double)(n - lag);
        if (alike > best) best = alike;
    }
    return best / power > (before ? k->regularity_on : k->regularity);
}

static double *tell(double *found, double kind, double block, double start, double stop,
                    double known) {
    found[F_KIND] = kind;
    found[F_BLOCK] = block;
    found[F_START] = start;
    found[F_STOP] = stop;
    found[F_KNOWN] = known;
    return found + FOUND;
}

/* transitions.follow: bursts of |a| about its level at rest. */
static double *bursts(const Params *k, Memory *m, const History *h, ptrdiff_t start, ptrdiff_t stop,
                      double block, double *found) {
    for (ptrdiff_t hop = start; hop < stop; hop++) {
        double norm = *at(h, hop, NORM), level = 0.0, spread = 0.0, square = 0.0;
        if (isnan(m->quiet_mps2)) m->quiet_mps2 = norm;
        ptrdiff_t from = back(h, hop + 1, k->calm_hops), n = hop + 1 - from;
        for (ptrdiff_t i = from; i <= hop; i++) level += *at(h, i, NORM);
        level /= (double)n;
        for (ptrdiff_t i = from; i <= hop; i++) {
            double off = *at(h, i, NORM) - level;
            spread += off * off;
        }
        if (n == (ptrdiff_t)k->calm_hops && spread / (double)n < k->calm_variance)
            m->quiet_mps2 = level;
        from = back(h, hop + 1, fmin(k->rms_hops, (double)n));
        n = hop + 1 - from;
        for (ptrdiff_t i = from; i <= hop; i++) {
            double off = *at(h, i, NORM) - m->quiet_mps2;
            square += off * off;
        }
        double rms = sqrt(square / (double)n);
        if (isnan(m->opened)) {
            if (rms > k->open_mps2)
                m->opened = (double)hop + 1.0 - k->rms_hops;
            else
                m->quiet_mps2 += k->quiet_gain * (norm - m->quiet_mps2);
        } else if (rms < k->close_mps2 || ((double)hop - m->opened) * k->hop_s >= k->longest_s) {
            found = tell(found, BURST, block, m->opened, (double)hop + 1.0, (double)hop + 1.0);
            m->opened = NAN;
        }
    }
    if (m->walking && !isnan(m->opened)) m->opened = (double)stop - k->rms_hops;
    return found;
}

/* Whether |a| is what it was at the rest before: in a smooth descent it is not. */
static int is_level(const Params *k, const Memory *m, double felt, const double *up) {
    if (!m->rested) return 1;
    double along = m->up[0] * up[0] + m->up[1] * up[1] + m->up[2] * up[2];
    double tilt = acos(along > 1.0 ? 1.0 : along < -1.0 ? -1.0 : along);
    return fabs(felt - m->level) < k->on_level + k->tilted * tilt;
}

/* movements.follow: from one rest to the next. */
static double *movements(const Params *k, Memory *m, const History *h, ptrdiff_t start,
                         ptrdiff_t stop, double block, double *found) {
    ptrdiff_t window = (ptrdiff_t)k->rest_window, ahead = (window + 1) / 2 - 1;
    for (ptrdiff_t hop = start; hop < stop; hop++) {
        ptrdiff_t from = back(h, hop + 1, k->rest_window);
        if (hop + 1 - from < window) continue;
        double turning = 0.0, felt = 0.0, square = 0.0, centre = (double)(hop - ahead);
        const double *up = at(h, hop, UP);
        for (ptrdiff_t i = from; i <= hop; i++) {
            turning += *at(h, i, GYR_SQ);
            felt += *at(h, i, NORM);
            square += *at(h, i, NORM_SQ);
        }
        turning /= (double)window;
        felt /= (double)window;
        square /= (double)window;
        if (turning >= k->gyr_limit || square - felt * felt >= k->acc_limit) {
            m->calm = m->quiet = 0.0;
        } else {
            m->calm += 1.0;
            m->quiet = is_level(k, m, felt, up) ? m->quiet + 1.0 : 0.0;
        }
        if (m->quiet >= k->rest_hops || m->calm >= k->long_rest_hops) {
            double resting = m->quiet >= k->rest_hops ? m->quiet : m->calm;
            if (!isnan(m->moving)) {
                double end = centre - resting + 1.0;
                if ((end - m->moving) * k->hop_s >= k->shortest_s)
                    found = tell(found, MOVEMENT, block, m->moving, end, centre + 1.0);
                m->moving = NAN;
                m->rested = 0.0;
            }
            double gain = m->rested ? 0.1 : 1.0;
            m->level += gain * (felt - m->level);
            for (int i = 0; i < 3; i++) m->up[i] = up[i];
            m->rested = 1.0;
        } else if (isnan(m->moving) && m->rested && m->quiet == 0.0) {
            m->moving = centre;
        }
    }
    return found;
}

static void show(const Params *k, const Memory *m, const History *h, ptrdiff_t start,
                 ptrdiff_t stop, double *shown) {
    ptrdiff_t from = back(h, stop, k->window), two = back(h, start, 2.0);
    shown[S_WALKING] = m->walking;
    shown[S_VALID] = mean(h, back(h, stop, k->valid_window), stop, VALID);
    shown[S_GYR_SQ] = mean(h, from, stop, GYR_SQ);
    shown[S_GYR_SQ_MAX] = largest(h, start, stop, GYR_SQ);
    shown[S_INCLINATION] = mean(h, start, stop, INCLINATION);
    shown[S_LEAN] = mean(h, start, stop, SAGITTAL);
    shown[S_LEAN_LONG] = mean(h, from, stop, SAGITTAL);
    shown[S_LEAN_MAX] = largest(h, two, stop, SAGITTAL);
    shown[S_NORM_MAX] = largest(h, start, stop, NORM_MAX);
    from = back(h, stop, m->walking ? k->level_window : k->level_window_first);
    shown[S_LEVEL_INCLINATION] = mean(h, from, stop, INCLINATION);
    shown[S_LEVEL_LEAN] = mean(h, from, stop, SAGITTAL);
    shown[S_LEAN_PAIR] = mean(h, back(h, stop, 2.0 * k->block), stop, SAGITTAL);
    from = back(h, stop, k->second);
    shown[S_LEAN_SECOND] = mean(h, from, stop, SAGITTAL);
    for (int i = 0; i < 3; i++) {
        double total = 0.0;
        for (ptrdiff_t hop = from; hop < stop; hop++) total += *at(h, hop, UP + i);
        shown[S_UP_SECOND + i] = total / (double)(stop - from);
    }
    shown[S_MOVING] = m->moving;
    shown[S_RESTED] = m->rested;
}

/* Look at `blocks` blocks from hop `start`; `rows` begin with hop `first`.
 * Returns how many rows of `found` are filled: at most two for each hop. */
EXPORT ptrdiff_t sense(double *memory, const double *params, const double *rows, ptrdiff_t first,
                       ptrdiff_t start, ptrdiff_t blocks, double *room, double *shown,
                       double *found) {
    const Params *k = (const Params *)params;
    Memory *m = (Memory *)memory;
    History h = {rows, first};
    double *end = found;
    for (ptrdiff_t block = 0; block < blocks; block++, shown += SHOWN) {
        ptrdiff_t stop = start + (ptrdiff_t)k->block;
        m->walking = walking(k, &h, stop, m->walking != 0.0, room);
        end = bursts(k, m, &h, start, stop, (double)block, end);
        end = movements(k, m, &h, start, stop, (double)block, end);
        show(k, m, &h, start, stop, shown);
        start = stop;
    }
    return (end - found) / FOUND;
}

/* What a movement shows, and what its speed does; layout.py has the same. */
enum {
    M_BEFORE, M_AFTER = 3, M_LEAN_BEFORE = 6, M_LEAN_AFTER, M_LEAN_PEAK, M_LATERAL_BEFORE,
    M_LATERAL_AFTER, M_RISE, M_LOWEST, M_DIP, M_SETTLE_BACK, M_LEAN_AHEAD, M_HARDEST, M_LIGHTEST,
    M_PEAK_G
};
#define G 9.80665 /* m/s^2; standard gravity, CGPM 1901 */
enum { V_TOP, V_BOTTOM, V_PEAKS };

static double column_mean(const double *rows, ptrdiff_t n, int column) {
    return sum(rows + column, n, COLUMNS) / (double)n;
}

/* The mean direction of up, not of length 1. */
static void mean_up(const double *rows, ptrdiff_t n, double *up) {
    for (int i = 0; i < 3; i++) {
        up[i] = rows[UP + i];
        for (ptrdiff_t t = 1; t < n; t++) up[i] += rows[t * COLUMNS + UP + i];
        up[i] /= (double)n;
    }
}

/* movements.figures: n rows of a movement after `lead` rows and before `tail` rows at rest.
 * `flat`: too long to follow its height. `room` holds 2 n doubles. */
EXPORT void movement(const double *rows, ptrdiff_t lead, ptrdiff_t n, ptrdiff_t tail, int flat,
                     double hop_s, double landed, double *room, double *out) {
    const double *inside = rows + lead * COLUMNS, *end = inside + n * COLUMNS;
    double *acc = room, *height = room + n, *before = out + M_BEFORE, way[3], length_sq = 0.0;
    ptrdiff_t head = lead > 1 ? lead : 1;
    if (tail == 0) { /* the last row of the movement stands for a rest */
        end -= COLUMNS;
        tail = 1;
    }
    mean_up(rows, head, before);
    mean_up(end, tail, out + M_AFTER);
    out[M_LEAN_BEFORE] = column_mean(rows, head, SAGITTAL);
    out[M_LEAN_AFTER] = column_mean(end, tail, SAGITTAL);
    out[M_LATERAL_BEFORE] = column_mean(rows, head, LATERAL);
    out[M_LATERAL_AFTER] = column_mean(end, tail, LATERAL);
    for (int i = 0; i < 3; i++) way[i] = out[M_AFTER + i] - before[i];
    length_sq = way[0] * way[0] + way[1] * way[1] + way[2] * way[2];
    double first = column_mean(rows, head, VERTICAL), last = column_mean(end, tail, VERTICAL);
    double speed = 0.0, left, peak = inside[SAGITTAL], norm = inside[NORM_MAX], total = 0.0;
    out[M_HARDEST] = -INFINITY;
    out[M_LIGHTEST] = INFINITY;
    for (ptrdiff_t t = 0; t < n; t++) {
        const double *row = inside + t * COLUMNS, *up = row + UP;
        double share = (double)(t + 1) / (double)n;
        if (length_sq > 0.03) {
            share = ((up[0] - before[0]) * way[0] + (up[1] - before[1]) * way[1] +
                     (up[2] - before[2]) * way[2]) / length_sq;
            share = share < -0.2 ? -0.2 : share > 1.2 ? 1.2 : share;
        }
        acc[t] = row[VERTICAL] - (first + (last - first) * share);
        if (acc[t] > out[M_HARDEST]) out[M_HARDEST] = acc[t];
        if (acc[t] < out[M_LIGHTEST]) out[M_LIGHTEST] = acc[t];
        if (row[SAGITTAL] > peak) peak = row[SAGITTAL];
        if (row[NORM_MAX] > norm) norm = row[NORM_MAX];
        speed += acc[t];
        height[t] = flat ? 0.0 : speed * hop_s;
    }
    left = height[n - 1];
    double lowest = INFINITY, dip = INFINITY, settle_back = 0.0, lean_ahead = 0.0;
    for (ptrdiff_t t = 0; t < n && !flat; t++) {
        total += height[t] - left * ((double)(t + 1) / (double)n);
        height[t] = total * hop_s;
    }
    double rise = height[n - 1];
    for (ptrdiff_t t = 0; t < n; t++) {
        double above = height[t] - rise * (double)(t + 1) / (double)n;
        if (height[t] < lowest) lowest = height[t];
        if (above < dip) dip = above;
    }
    if (lowest < 0.0) {
        ptrdiff_t t = 0;
        while (t < n - 1 && !(height[t] <= landed * lowest)) t++;
        double back = inside[t * COLUMNS + SAGITTAL];
        for (; t < n; t++)
            if (inside[t * COLUMNS + SAGITTAL] > back) back = inside[t * COLUMNS + SAGITTAL];
        settle_back = back - out[M_LEAN_AFTER];
    }
    if (rise > 0.0) {
        ptrdiff_t t = 0;
        while (t < n - 1 && !(height[t] >= (1.0 - landed) * rise)) t++;
        lean_ahead = inside[t * COLUMNS + SAGITTAL] - out[M_LEAN_BEFORE];
    }
    out[M_LEAN_PEAK] = peak;
    out[M_RISE] = rise;
    out[M_LOWEST] = lowest;
    out[M_DIP] = -dip;
    out[M_SETTLE_BACK] = settle_back;
    out[M_LEAN_AHEAD] = lean_ahead;
    out[M_PEAK_G] = norm / G;
}

/* transitions.figures: the speed that |a| over n rows adds up to. `room` holds n doubles. */
EXPORT void rise(const double *rows, ptrdiff_t n, double hop_s, double *room, double *out) {
    ptrdiff_t ends = n < 3 ? n : 3;
    double first = column_mean(rows, ends, NORM), total = 0.0, step = 1.0 / (double)(n - 1);
    double last = column_mean(rows + (n - ends) * COLUMNS, ends, NORM), *speed = room;
    for (ptrdiff_t t = 0; t < n; t++) {
        double ramp = t == n - 1 ? 1.0 : (double)t * step;
        total += rows[t * COLUMNS + NORM] - (first + (last - first) * ramp);
        speed[t] = total * hop_s;
    }
    double left = speed[n - 1];
    out[V_TOP] = -INFINITY;
    out[V_BOTTOM] = INFINITY;
    for (ptrdiff_t t = 0; t < n; t++) {
        speed[t] -= left * (t == n - 1 ? 1.0 : (double)t * step);
        if (speed[t] > out[V_TOP]) out[V_TOP] = speed[t];
        if (speed[t] < out[V_BOTTOM]) out[V_BOTTOM] = speed[t];
    }
    out[V_PEAKS] = 0.0;
    for (ptrdiff_t t = 1; t < n - 1; t++)
        if (speed[t] > speed[t - 1] && speed[t] >= speed[t + 1] && fabs(speed[t]) > 0.05)
            out[V_PEAKS] += 1.0;
}
