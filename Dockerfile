FROM python:3.12-slim

RUN useradd --create-home --uid 10001 emulator
WORKDIR /home/emulator
COPY pyproject.toml README.md /source/
COPY mock_server /source/mock_server
COPY contracts /source/contracts
RUN pip install --no-cache-dir /source && rm -r /source

USER emulator
EXPOSE 8400
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8400/_mock/health', timeout=2)"]
STOPSIGNAL SIGINT
ENTRYPOINT ["mock-server"]
CMD ["serve", "--host", "0.0.0.0"]
