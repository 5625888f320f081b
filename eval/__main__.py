"""`python -m eval`: the same as `youju-eval`."""

from eval.cli import main

if __name__ == "__main__":
    main()
