"""Programs as people bring them, each for a namespace m: NumPy, or autograd's NumPy."""

import numpy as np

# NIST, Misra1a: pressure, and how much a gas is taken up
PRESSURE = np.array([77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8])
PRESSURE = np.append(PRESSURE, [378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0])
VOLUME = np.array([10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02])
VOLUME = np.append(VOLUME, [44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78])
MISRA = [2.3894212918e02, 5.5015643181e-04]  # certified


def rosenbrock(m):
    return lambda x: m.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def misra(m):
    return lambda b: b[0] * (1 - m.exp(-b[1] * PRESSURE)) - VOLUME


def burden_and_faires(m):
    """Return the system that Neidinger takes from Burden and Faires; a root is (0.5, 0, -pi/6)."""

    def f(v):
        x, y, z = v
        return m.stack(
            [
                3 * x - m.cos(y * z) - 0.5,
                x**2 - 81 * (y + 0.1) ** 2 + m.sin(z) + 1.06,
                m.exp(-x * y) + 20 * z + (10 * m.pi - 3) / 3,
            ]
        )

    return f


def robertson(m):
    """Return the right-hand side of Robertson's stiff problem of chemical kinetics."""

    def rate(t, y):
        a, b, c = -0.04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
        return m.stack([a + b, -a - b - c, c])

    return rate


def pendulum(m, steps=100):
    """Return where a damped pendulum is after a second, as a function of length and damping, by RK4."""

    def rate(y, length, damping):
        return m.stack([y[1], -9.81 / length * m.sin(y[0]) - damping * y[1]])

    def f(p):
        y, h = m.stack([1.0 + 0 * p[0], 0 * p[0]]), 1.0 / steps
        for _ in range(steps):
            k1 = rate(y, p[0], p[1])
            k2 = rate(y + h / 2 * k1, p[0], p[1])
            k3 = rate(y + h / 2 * k2, p[0], p[1])
            k4 = rate(y + h * k3, p[0], p[1])
            y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return m.sum(y**2)

    return f


SIGNAL = np.cumsum(np.sin(np.arange(50.0))) + np.cos(7 * np.arange(50.0))


def kalman(m):
    """Return minus the log-likelihood of a random walk seen with noise, by its log-variances."""

    def f(logs):
        q, r = m.exp(logs[0]), m.exp(logs[1])
        mean, var, total = 0.0, 10.0, 0.0
        for y in SIGNAL:
            var = var + q
            s, error = var + r, y - mean
            total = total + 0.5 * (m.log(2 * m.pi * s) + error**2 / s)
            gain = var / s
            mean, var = mean + gain * error, (1 - gain) * var
        return total

    return f


def kalman_of_matrices(m):
    """Return the same for position and velocity, of which the position is seen."""
    see, eye = np.array([[1.0, 0.0]]), np.eye(2)

    def f(p):
        step = m.array([[1.0, 0.1], [0.0, 1.0]])
        noise, r = m.exp(p[0]) * np.array([[1e-3, 5e-3], [5e-3, 1e-1]]), m.exp(p[1]) * np.eye(1)
        mean, cov, total = np.zeros(2), eye, 0.0
        for y in SIGNAL:
            mean, cov = m.dot(step, mean), m.dot(m.dot(step, cov), step.T) + noise
            s, error = m.dot(m.dot(see, cov), see.T) + r, y - m.dot(see, mean)
            total = total + 0.5 * (m.linalg.slogdet(s)[1] + m.dot(error, m.linalg.solve(s, error)))
            gain = m.linalg.solve(s, m.dot(see, cov)).T
            mean, cov = mean + m.dot(gain, error), m.dot(eye - m.dot(gain, see), cov)
        return total

    return f


def network(m, images, labels):
    """Return the softmax cross-entropy of a network with one hidden layer over the images."""

    def f(w1, b1, w2, b2):
        scores = m.dot(m.tanh(m.dot(images, w1) + b1), w2) + b2
        largest = m.max(scores, axis=1, keepdims=True)
        log_sum = m.log(m.sum(m.exp(scores - largest), axis=1)) + largest[:, 0]
        return m.mean(log_sum - scores[np.arange(len(labels)), labels]) + 1e-4 * m.sum(w1**2)

    return f


def digits():
    """Return the images that scikit-learn ships, their labels, and weights to begin with."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(64, 32)) / 8, np.zeros(32), rng.normal(size=(32, 10)) / 6, np.zeros(10)]
    return images / 16, labels, weights
