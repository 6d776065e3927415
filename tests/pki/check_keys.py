#!/usr/bin/python3
"""Checks RSA keys with Python's integers, and their primes with GMP as well.

Reads lines of "bits n e d p q dp dq qinv", the numbers in hexadecimal, and
holds them against FIPS 186-5, A.1.1 and A.1.3, and RFC 8017 section 3.2.
Prints what is wrong; the status is 0 if nothing is.
"""
import math
import random
import sys

import gmpy2

ROUNDS = 8


def is_prime(x, rounds=ROUNDS):
    """Miller-Rabin, FIPS 186-5 appendix B.3.1."""
    odd, twos = x - 1, 0
    while odd % 2 == 0:
        odd //= 2
        twos += 1
    for _ in range(rounds):
        z = pow(random.SystemRandom().randrange(2, x - 1), odd, x)
        if z in (1, x - 1):
            continue
        for _ in range(twos - 1):
            z = z * z % x
            if z == x - 1:
                break
        else:
            return False
    return True


def faults(bits, n, e, d, p, q, dp, dq, qinv):
    half = bits // 2
    lcm = (p - 1) * (q - 1) // math.gcd(p - 1, q - 1)
    conditions = {
        "size of n": n.bit_length() == bits,
        "n = pq": n == p * q,
        "e": e == 65537,
        "p > q": p > q,
        "size of p": p.bit_length() == half and p * p >= 1 << (bits - 1),
        "size of q": q.bit_length() == half and q * q >= 1 << (bits - 1),
        "|p - q|": abs(p - q) > 1 << (half - 100),
        "gcd(p - 1, e)": math.gcd(p - 1, e) == 1,
        "gcd(q - 1, e)": math.gcd(q - 1, e) == 1,
        "d": d == pow(e, -1, lcm),
        "size of d": 1 << half < d < lcm,
        "dp": dp == d % (p - 1),
        "dq": dq == d % (q - 1),
        "qinv": qinv == pow(q, -1, p),
        "p is prime": is_prime(p),
        "q is prime": is_prime(q),
        # Baillie-PSW: no composite is known that passes it.
        "p is prime to GMP": gmpy2.is_strong_bpsw_prp(p),
        "q is prime to GMP": gmpy2.is_strong_bpsw_prp(q),
    }
    return [name for name, holds in conditions.items() if not holds]


def main():
    for test in is_prime, gmpy2.is_strong_bpsw_prp:
        assert test(2**521 - 1) and not test(2**523 - 1)
    bad = 0
    primes = {}
    for number, line in enumerate(sys.stdin, 1):
        bits, *values = line.split()
        values = [int(value, 16) for value in values]
        for fault in faults(int(bits), *values):
            print(f"key {number}: {fault}")
            bad += 1
        for prime in values[3:5]:
            if prime in primes:
                print(f"key {number}: a prime of key {primes[prime]}")
                bad += 1
            primes[prime] = number
    print(f"{number} keys checked")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
