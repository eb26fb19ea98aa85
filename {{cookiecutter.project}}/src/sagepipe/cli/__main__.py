from sagepipe.cli import main

main()
