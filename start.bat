@echo off
chcp 65001 >nul
rem A double-click opens the page of livingcircle; the first time it sets itself up.
pushd "%~dp0"
rem Windows has a python.exe that only opens a shop: ask it to count.
py -3 -c "import sys; sys.exit(sys.version_info[:2] < (3, 11))" >nul 2>nul && (py -3 start.py %* & goto end)
python -c "import sys; sys.exit(sys.version_info[:2] < (3, 11))" >nul 2>nul && (python start.py %* & goto end)
echo Python 3.11 or later is needed: https://www.python.org/downloads/ (tick "Add python.exe to PATH").
echo 需要 Python 3.11 或更新版本: https://www.python.org/downloads/
:end
if "%~1"=="" pause
