-- over half of the memory: made again alone, and within it
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    local long = ("x"):rep(230)
    for i = 1, 3000 do t[i] = long .. i end
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
