-- garbage counts: the collector rests
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local long = ("x"):rep(230)
    for i = 1, 100000 do local s = long .. i end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
